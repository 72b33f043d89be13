package octopus_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"walletwatch/octopus"
)

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
	tests := []struct {
		name        string
		code, limit int
		want        string
	}{
		{"good answer", 200, 32 << 20, "longer than 32 MiB"},
		{"error", 400, 64 << 10, "answered 400"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				body := &counting{r: io.LimitReader(spaces{}, 64<<20)}
				api := newFakeAPI()
				api.always[walletsPath] = func(r *http.Request) (*http.Response, error) {
					return &http.Response{StatusCode: tt.code, Header: http.Header{}, Body: io.NopCloser(body), Request: r}, nil
				}
				_, err := api.client(t).Wallets(t.Context())
				if err == nil || !strings.Contains(err.Error(), tt.want) || api.count(walletsPath) != 1 {
					t.Errorf("%d requests, error %v", api.count(walletsPath), err)
				}
				if body.n > tt.limit+1 {
					t.Errorf("%d bytes were read", body.n)
				}
			})
		})
	}
}

type counting struct {
	r io.Reader
	n int
}

func (c *counting) Read(b []byte) (int, error) {
	n, err := c.r.Read(b)
	c.n += n
	return n, err
}

type spaces struct{}

func (spaces) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = ' '
	}
	return len(b), nil
}
