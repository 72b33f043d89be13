package octopus_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"walletwatch/octopus"
)

const documentedRow = `{"id":456,"wallet_id":1,"currency_id":2,"amount":50.10,"transaction_type":"DEBIT","status":"COMPLETED","source_currency":null,
	"destination_currency":null,"forex_rate":null,"conversion_charges":null,"remarks":"USD Wallet debited by amount 50.00 - Order #12345","created_at":"2025-01-15T14:30:00Z"}`

func TestTransactions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api := newFakeAPI()
		api.script(transactionsPath, ok(`[`+documentedRow+`]`,
			"X-Has-More", "true", "X-Total-Pages", "7", "X-Total-Count", "13", "X-Request-Id", "echo"))
		got, err := api.client(t).Transactions(t.Context(), 3, 2)
		if err != nil {
			t.Fatal(err)
		}
		if len(got.Rows) != 1 || !got.More || got.TotalPages != 7 || got.TotalCount != 13 || got.RequestID != "echo" || !got.SentAt.Equal(time.Now()) {
			t.Errorf("got %+v", got)
		}
		r := got.Rows[0]
		if r.ID != 456 || r.WalletID != 1 || r.CurrencyID != 2 || r.Amount.String() != "50.1" || r.Kind != "DEBIT" || r.Status != "COMPLETED" ||
			!strings.HasSuffix(r.Remarks, "#12345") || r.CreatedAt != time.Date(2025, 1, 15, 14, 30, 0, 0, time.UTC) {
			t.Errorf("got %+v", r)
		}
		if q := api.requests(transactionsPath)[0].query; q != "limit=2&page=3" {
			t.Errorf("asked for %s", q)
		}
	})
}

func TestTransactionPageHeaders(t *testing.T) {
	tests := []struct {
		name    string
		limit   int
		headers []string
		want    bool
	}{
		{"full page", 1, nil, true},
		{"short page", 2, nil, false},
		{"server's page is smaller", 2, []string{"X-Per-Page", "1"}, true},
		{"told no", 1, []string{"X-Has-More", "false"}, false},
		{"nonsense", 2, []string{"X-Has-More", "?", "X-Per-Page", "-3", "X-Total-Pages", "many", "X-Total-Count", "-1"}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				api := newFakeAPI()
				api.script(transactionsPath, ok(`[`+documentedRow+`]`, tt.headers...))
				got, err := api.client(t).Transactions(t.Context(), 1, tt.limit)
				if err != nil || got.More != tt.want || got.TotalPages != 0 || got.TotalCount != 0 {
					t.Errorf("got %+v, %v", got, err)
				}
			})
		})
	}
}

func TestTransactionsChecksWhatIsAskedFor(t *testing.T) {
	api := newFakeAPI()
	c := api.client(t)
	for _, bad := range [][2]int{{0, 10}, {-1, 10}, {1, 0}, {1, 10001}} {
		if _, err := c.Transactions(t.Context(), bad[0], bad[1]); err == nil {
			t.Errorf("page %d with limit %d was asked for", bad[0], bad[1])
		}
	}
	if len(api.seen) != 0 {
		t.Errorf("%d requests arrived", len(api.seen))
	}
}

func TestUnreadableTransactionsAreRefusedByName(t *testing.T) {
	tests := []struct{ name, old, new, want string }{
		{"null amount", `50.10`, `null`, "transaction 456: the amount is null"},
		{"exponent", `50.10`, `5e1`, `transaction 456: "5e1"`},
		{"NaN", `50.10`, `NaN`, `transaction 456: "NaN"`},
		{"31 digits", `50.10`, strings.Repeat("1", 31), "transaction 456: "},
		{"no amount", `"amount"`, `"sum"`, "transaction 456: the amount is missing"},
		{"no time", `"created_at"`, `"made_at"`, "transaction 456: created_at"},
		{"local time", `14:30:00Z`, `14:30:00`, "transaction 456: created_at"},
		{"no wallet", `"wallet_id":1`, `"wallet_id":null`, "transaction 456: wallet_id"},
		{"no id", `"id":456`, `"id":null`, "transaction 2 of the page has no id"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				bad := strings.Replace(documentedRow, tt.old, tt.new, 1)
				if bad == documentedRow {
					t.Fatal("the row did not change")
				}
				good := strings.Replace(documentedRow, "456", "457", 1)
				api := newFakeAPI()
				api.always[transactionsPath] = ok(`[` + good + `,` + bad + `]`)
				got, err := api.client(t).Transactions(t.Context(), 1, 50)
				if err == nil || !strings.Contains(err.Error(), tt.want) || got.Rows != nil || api.count(transactionsPath) != 1 {
					t.Errorf("%d requests, %d rows, error %v; want one with %q", api.count(transactionsPath), len(got.Rows), err, tt.want)
				}
			})
		})
	}
}

func TestUnknownKindsAndStatusesPass(t *testing.T) {
	row := strings.NewReplacer("DEBIT", "REVERSAL", "COMPLETED", "DISPUTED", "50.10", `"50.10"`).Replace(documentedRow)
	got, err := octopus.DecodeTransactions([]byte(`[` + row + `]`))
	if err != nil || got[0].Kind != "REVERSAL" || got[0].Status != "DISPUTED" || got[0].Amount.String() != "50.1" {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestCurrencies(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api := newFakeAPI()
		api.script(currenciesPath,
			ok(`[{"id":1,"name":"US Dollar","currency":"USD","precision":2},{"id":2,"name":"Yen","currency":"JPY","precision":0}]`, "X-Has-More", "true"),
			ok(`[{"id":3,"name":"Dinar","currency":"KWD"},{"id":4,"currency":"USDT","precision":6},{"id":5,"currency":"EUR","precision":-1},{"id":6,"currency":"JPY","precision":4000000000}]`))
		got, err := api.client(t).Currencies(t.Context())
		if err != nil || len(got) != 6 {
			t.Fatalf("got %v, %v", got, err)
		}
		if got[0] != (octopus.Currency{ID: 1, Name: "US Dollar", Code: "USD", Precision: 2}) {
			t.Errorf("got %+v", got[0])
		}
		for i, want := range []int32{2, 0, 3, 6, 2, 0} {
			if got[i].Precision != want {
				t.Errorf("%s has precision %d, want %d", got[i].Code, got[i].Precision, want)
			}
		}
	})
	for body, want := range map[string]string{`[{"currency":"USD"}]`: "currency 1 of the page has no id", `{}`: "object", `[{"id":1,"precision":"2"}]`: "precision"} {
		if _, err := octopus.DecodeCurrencies([]byte(body)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s gives %v", body, err)
		}
	}
}
