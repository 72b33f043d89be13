package octopus_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"walletwatch/octopus"
)

func TestDecodeWalletAmounts(t *testing.T) {
	tests := []struct {
		name, amount string // the member as sent
		want         string // exact; "" when it must be refused
		problem      string
	}{
		{"documented", `"amount":5000.00`, "5000", ""},
		{"four decimals", `"amount":4.7405`, "4.7405", ""},
		{"negative", `"amount":-0.01`, "-0.01", ""},
		{"integer", `"amount":7`, "7", ""},
		{"in quotes", `"amount":"12.30"`, "12.3", ""},
		{"in quotes with escapes", `"amount":"\u0031\u002e5"`, "1.5", ""},
		{"more than float64 holds", `"amount":1234567890123456789.123456789`, "1234567890123456789.123456789", ""},
		{"30 digits", `"amount":123456789012345678901234567890`, "123456789012345678901234567890", ""},
		{"31 digits", `"amount":1234567890123456789012345678901`, "", "31 digits"},
		{"a million digits", `"amount":` + strings.Repeat("9", 1e6), "", "digits"},
		{"exponent", `"amount":1e3`, "", "plain decimal"},
		{"huge exponent", `"amount":1e999999999`, "", "plain decimal"},
		{"null", `"amount":null`, "", "null"},
		{"missing", `"balance":3`, "", "missing"},
		{"NaN", `"amount":NaN`, "", `"NaN"`},
		{"NaN in quotes", `"amount":"NaN"`, "", `"NaN"`},
		{"infinity", `"amount":-Infinity`, "", `"-Infinity"`},
		{"empty text", `"amount":""`, "", "plain decimal"},
		{"thousands separator", `"amount":"1,000.00"`, "", "plain decimal"},
		{"boolean", `"amount":true`, "", "plain decimal"},
		{"object", `"amount":{"value":5}`, "", "plain decimal"},
		{"list", `"amount":[5]`, "", "plain decimal"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			body := `[{"id":2,"currency_id":1,"amount":1.5,"type":"PREPAID"},{"id":1,"currency_id":3,` + tt.amount + `,"type":"POSTPAID","extra":{"NaN":"\"NaN"}}]`
			got, err := octopus.DecodeWallets([]byte(body))
			if err != nil || len(got) != 2 {
				t.Fatalf("got %d wallets, error %v", len(got), err)
			}
			if got[0].Amount == nil || got[0].Amount.String() != "1.5" || got[0].Problem != "" {
				t.Errorf("the neighbour has %v, %q", got[0].Amount, got[0].Problem)
			}
			w := got[1]
			if w.ID != 1 || w.CurrencyID != 3 || w.Type != "POSTPAID" {
				t.Errorf("got %+v", w)
			}
			if tt.want == "" {
				if w.Amount != nil || !strings.Contains(w.Problem, tt.problem) || len(w.Problem) > 300 {
					t.Errorf("amount %v, problem %q; want none and %q", w.Amount, w.Problem, tt.problem)
				}
				return
			}
			if w.Amount == nil || w.Amount.String() != tt.want || w.Problem != "" {
				t.Errorf("amount %v, problem %q; want %s", w.Amount, w.Problem, tt.want)
			}
		})
	}
}

func TestDecodeWalletsRefusesWhatIsNoList(t *testing.T) {
	row := `{"id":1,"currency_id":1,"amount":5,"type":"PREPAID"}`
	for body, want := range map[string]string{
		``:                               "empty",
		" \n":                            "empty",
		`null`:                           "null",
		`{}`:                             "object",
		`{"data":[` + row + `]}`:         "object",
		`<html><body>hi</body></html>`:   "web page",
		`"text"`:                         "not JSON",
		`OK`:                             "not JSON",
		`[` + row:                        "broken JSON",
		`[` + row + `,`:                  "broken JSON",
		`[` + row + `] trailing`:         "broken JSON",
		`[` + row + `][` + row + `]`:     "broken JSON",
		`[{"id":1,"amount":12NaN}]`:      "broken JSON",
		`[{"id":"1"}]`:                   `"id" holds a string`,
		`[{"id":1.5}]`:                   `"id" holds a number`,
		`[{"id":99999999999999999999}]`:  `"id" holds a number`,
		`[{"id":1,"currency_id":"USD"}]`: `"currency_id" holds a string`,
		`[[1]]`:                          "holds a array",
		`[` + row + `,{"amount":1}]`:     "wallet 2 of the page has no id",
		`[{"id":0}]`:                     "has no id",
		`[{"id":-1}]`:                    "has no id",
		`[null]`:                         "has no id",
	} {
		got, err := octopus.DecodeWallets([]byte(body))
		if err == nil || !strings.Contains(err.Error(), want) || got != nil {
			t.Errorf("%s\n\tgives %v and error %v, want one with %q", body, got, err, want)
		}
	}
	if got, err := octopus.DecodeWallets([]byte(" [ ] \n")); err != nil || len(got) != 0 {
		t.Errorf("an empty list gives %v, %v", got, err)
	}
}

func TestDecodedWalletsAreWhatWasEncoded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		amounts := rapid.SliceOf(rapid.StringMatching(`-?(0|[1-9][0-9]{0,18})(\.[0-9]{1,9})?`)).Draw(t, "amounts")
		var rows []string
		for i, a := range amounts {
			rows = append(rows, fmt.Sprintf(`{"id":%d,"currency_id":%d,"amount":%s,"type":"PREPAID"}`, i+1, i+2, a))
		}
		got, err := octopus.DecodeWallets([]byte("[" + strings.Join(rows, ",") + "]"))
		if err != nil || len(got) != len(amounts) {
			t.Fatalf("%d wallets, %v", len(got), err)
		}
		for i, a := range amounts {
			_, fraction, _ := strings.Cut(a, ".")
			if s := got[i].Amount.StringFixed(int32(len(fraction))); s != a && "-"+s != a {
				t.Errorf("%s became %s", a, s)
			}
			if got[i].ID != int64(i+1) || got[i].CurrencyID != int64(i+2) {
				t.Errorf("row %d became %+v", i, got[i])
			}
		}
	})
}

// walletPage is a page with wallets of these ids; each has its id as amount unless given as id:amount.
func walletPage(ids ...string) string {
	var rows []string
	for _, id := range ids {
		id, amount, given := strings.Cut(id, ":")
		if !given {
			amount = id
		}
		rows = append(rows, fmt.Sprintf(`{"id":%s,"currency_id":1,"amount":%s,"type":"PREPAID"}`, id, amount))
	}
	return "[" + strings.Join(rows, ",") + "]"
}

func TestWalletsReadsAllPages(t *testing.T) {
	full := make([]string, 1000)
	for i := range full {
		full[i] = fmt.Sprint(5000 - i)
	}
	more, last := []string{"X-Has-More", "true"}, []string{"X-Has-More", "false"}
	tests := []struct {
		name  string
		steps []step
		want  string // id:amount, in order; "" to check the number only
		n     int
	}{
		{"one page", []step{ok(walletPage("2", "1"), last...)}, "2:2 1:1", 2},
		{"three pages", []step{ok(walletPage("3"), more...), ok(walletPage("2"), more...), ok(walletPage("1"), last...)}, "3:3 2:2 1:1", 3},
		{"a full page that is the last", []step{ok(walletPage(full...), last...)}, "", 1000},
		{"no header, short page", []step{ok(walletPage("2", "1"))}, "2:2 1:1", 2},
		{"no header, full page", []step{ok(walletPage(full...)), ok(walletPage("1"))}, "", 1001},
		{"no header, full page, empty page", []step{ok(walletPage(full...)), ok(`[]`)}, "", 1000},
		{"unreadable header", []step{ok(walletPage("1"), "X-Has-More", "perhaps")}, "1:1", 1},
		{"smaller pages than asked for", []step{ok(walletPage("3", "2"), "X-Per-Page", "2"), ok(walletPage("1"), "X-Per-Page", "2")}, "3:3 2:2 1:1", 3},
		{"smaller pages by another name", []step{ok(walletPage("3", "2"), "X-Page-Size", "2"), ok(walletPage("1"), "X-Page-Size", "2")}, "3:3 2:2 1:1", 3},
		{"more promised, none there", []step{ok(walletPage("1"), more...), ok(`[]`, more...)}, "1:1", 1},
		{"empty", []step{ok(`[]`, last...)}, "", 0},
		{"a wallet added between pages", []step{ok(walletPage("3", "2:20"), more...), ok(walletPage("2:19", "1"), last...)}, "3:3 2:19 1:1", 3},
		{"a page of nothing new", []step{ok(walletPage("3"), more...), ok(walletPage("3:2.5"), more...), ok(walletPage("2"), last...)}, "3:2.5 2:2", 2},
		{"twice on one page", []step{ok(walletPage("1:5", "1:6"), last...)}, "1:6", 1},
		{"a page that needs retries", []step{ok(walletPage("2"), more...), status(503), ok(`[{"id":`), ok(walletPage("1"), last...)}, "2:2 1:1", 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				api := newFakeAPI()
				api.script(walletsPath, tt.steps...)
				list := mustWallets(t.Context(), t, api.client(t))
				var got []string
				for _, w := range list.Wallets {
					got = append(got, fmt.Sprintf("%d:%s", w.ID, w.Amount))
				}
				if len(got) != tt.n || tt.want != "" && strings.Join(got, " ") != tt.want {
					t.Errorf("got %d wallets %.80v", len(got), got)
				}
				if n := api.count(walletsPath); n != len(tt.steps) {
					t.Errorf("%d requests, want %d", n, len(tt.steps))
				}
			})
		})
	}
}

func TestPagesAreAskedForInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api := newFakeAPI()
		api.script(walletsPath, ok(walletPage("2"), "X-Has-More", "true"), ok(walletPage("1")))
		mustWallets(t.Context(), t, api.client(t))
		var got []string
		for _, r := range api.requests(walletsPath) {
			got = append(got, r.query)
		}
		if want := []string{"limit=1000&page=1", "limit=1000&page=2"}; !slices.Equal(got, want) {
			t.Errorf("asked for %v", got)
		}
	})
}

func TestAListWithoutEndIsAnError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api := newFakeAPI()
		c := api.client(t)
		mustWallets(t.Context(), t, c)
		api.always[walletsPath] = ok(walletPage("1"), "X-Has-More", "true")
		_, err := c.Wallets(t.Context())
		if err == nil || !strings.Contains(err.Error(), "1000 pages") || api.count(walletsPath) != 1001 {
			t.Errorf("%d requests, error %v", api.count(walletsPath), err)
		}
	})
}

func TestWalletsAreAsOfTheFirstAnsweredRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api := newFakeAPI()
		api.script(walletsPath,
			status(503),
			after(3*time.Second, ok(walletPage("2"), "X-Has-More", "true", "X-Request-Id", "echoed-first")),
			after(5*time.Second, ok(walletPage("1"), "X-Request-Id", "echoed-second")))
		list := mustWallets(t.Context(), t, api.client(t))
		second := api.requests(walletsPath)[1]
		if !list.SentAt.Equal(second.at) || !second.at.After(api.requests(walletsPath)[0].at) {
			t.Errorf("as of %s; the request that was answered was sent at %s", list.SentAt, second.at)
		}
		if list.RequestID != "echoed-first" {
			t.Errorf("request id is %q", list.RequestID)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		api := newFakeAPI()
		list := mustWallets(t.Context(), t, api.client(t))
		if want := api.requests(walletsPath)[0].id; list.RequestID != want {
			t.Errorf("request id is %q; without an echo it is the one that was sent, %q", list.RequestID, want)
		}
	})
}

func TestBrokenBodiesAreRetried(t *testing.T) {
	for name, body := range map[string]string{
		"page": "<html>", "null": "null", "object": "{}", "cut off": `[{"id":1`, "garbage behind": `[] x`, "empty": "",
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				api := newFakeAPI()
				c := api.client(t)
				api.script(walletsPath, ok(body))
				mustWallets(t.Context(), t, c)
				api.always[walletsPath] = ok(body)
				_, err := c.Wallets(t.Context())
				e, isError := errors.AsType[*octopus.Error](err)
				if !isError || e.Status != 200 || e.Message == "" || e.Endpoint != walletsPath || api.count(walletsPath) != 8 {
					t.Errorf("%d requests, error %v", api.count(walletsPath), err)
				}
			})
		})
	}
}

func TestAWalletWithoutIDFailsTheListAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api := newFakeAPI()
		api.always[walletsPath] = ok(`[{"currency_id":1,"amount":5}]`)
		_, err := api.client(t).Wallets(t.Context())
		if err == nil || !strings.Contains(err.Error(), "has no id") || api.count(walletsPath) != 1 {
			t.Errorf("%d requests, error %v", api.count(walletsPath), err)
		}
	})
}

func TestBodiesAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api := newFakeAPI()
		api.always[walletsPath] = ok("[" + strings.Repeat(" ", 32<<20) + "]")
		_, err := api.client(t).Wallets(t.Context())
		if err == nil || !strings.Contains(err.Error(), "longer than 32 MiB") || api.count(walletsPath) != 1 {
			t.Errorf("%d requests, error %v", api.count(walletsPath), err)
		}
	})
}
