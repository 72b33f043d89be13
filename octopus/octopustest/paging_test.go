package octopustest_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"walletwatch/octopus/octopustest"
)

type idRow struct{ ID int64 }

func ids(t *testing.T, r reply) []int64 {
	t.Helper()
	list := []int64{}
	for _, row := range decode[[]idRow](t, r) {
		list = append(list, row.ID)
	}
	return list
}

func withRows(cfg octopustest.Config, rows int) *octopustest.Server {
	s := octopustest.New(cfg)
	s.AddWallet(octopustest.Wallet{ID: 1, Currency: "USD", Balance: dec("1000000")})
	for i := range rows {
		s.Debit(1, dec("1"), noon().Add(time.Duration(i)*time.Second))
	}
	return s
}

func TestPaging(t *testing.T) {
	for _, c := range []struct {
		query                      string
		cap                        int
		first, count               int64
		page, per, total, pages, m string
	}{
		{"", 0, 120, 50, "1", "50", "120", "3", "true"},
		{"?page=2", 0, 70, 50, "2", "50", "120", "3", "true"},
		{"?page=3", 0, 20, 20, "3", "50", "120", "3", "false"},
		{"?page=4", 0, 0, 0, "4", "50", "120", "3", "false"},
		{"?page=2&limit=60", 0, 60, 60, "2", "60", "120", "2", "false"},
		{"?limit=1", 0, 120, 1, "1", "1", "120", "120", "true"},
		{"?limit=10000", 0, 120, 120, "1", "10000", "120", "1", "false"},
		{"?limit=10000", 100, 120, 100, "1", "100", "120", "2", "true"},
		{"?page=2147483647&limit=10000", 0, 0, 0, "2147483647", "10000", "120", "1", "false"},
	} {
		t.Run(c.query, func(t *testing.T) {
			s := withRows(octopustest.Config{PageLimit: c.cap}, 120)
			got := loggedIn(t, s).get("/api/v1/transactions" + c.query)
			list := ids(t, got)
			equal(t, "rows", int64(len(list)), c.count)
			for i, id := range list {
				equal(t, "id", id, c.first-int64(i))
			}
			for header, want := range map[string]string{
				"X-Page": c.page, "X-Per-Page": c.per, "X-Page-Size": c.per,
				"X-Total-Count": c.total, "X-Total-Pages": c.pages, "X-Has-More": c.m,
			} {
				equal(t, header, got.header.Get(header), want)
			}
		})
	}
}

func TestPagingRefused(t *testing.T) {
	s := withRows(octopustest.Config{}, 1)
	c := loggedIn(t, s)
	for _, list := range []string{"wallets", "transactions", "products", "orders"} {
		for _, query := range []string{"limit=0", "limit=10001", "limit=-1", "limit=ten", "page=0", "page=-1", "page=1.5"} {
			c.do("GET", "/api/v1/"+list+"?"+query, "").refused(t, 400, "ValidationException", "VALIDATION_ERROR")
		}
	}
}

func TestWalletsArePagedFromTheHighestID(t *testing.T) {
	s := octopustest.New(octopustest.Config{})
	for _, id := range []int64{4, 9, 1, 7, 3} {
		s.AddWallet(octopustest.Wallet{ID: id, Currency: "USD"})
	}
	c := loggedIn(t, s)
	var all []int64
	for page := 1; ; page++ {
		got := c.get(fmt.Sprintf("/api/v1/wallets?limit=2&page=%d", page))
		all = append(all, ids(t, got)...)
		if got.header.Get("X-Has-More") == "false" {
			break
		}
	}
	if !slices.Equal(all, []int64{9, 7, 4, 3, 1}) {
		t.Errorf("ids %v", all)
	}
}

func TestPagesShiftWhenRowsArrive(t *testing.T) {
	s := withRows(octopustest.Config{}, 6)
	c := loggedIn(t, s)
	first := ids(t, c.get("/api/v1/transactions?limit=3"))
	s.Debit(1, dec("1"), noon().Add(time.Hour))
	second := ids(t, c.get("/api/v1/transactions?limit=3&page=2"))
	if !slices.Equal(first, []int64{6, 5, 4}) || !slices.Equal(second, []int64{4, 3, 2}) {
		t.Errorf("pages %v, %v: a new row must push the last row of page 1 onto page 2", first, second)
	}
	s.Debit(1, dec("1"), noon().Add(2500*time.Millisecond)) // dated between rows 3 and 4
	if got := ids(t, c.get("/api/v1/transactions")); !slices.Equal(got, []int64{7, 6, 5, 4, 8, 3, 2, 1}) {
		t.Errorf("a row dated before others is at %v", got)
	}
}

func TestPagesTogetherAreTheList(t *testing.T) {
	s := octopustest.New(octopustest.Config{})
	s.AddWallet(octopustest.Wallet{ID: 1, Currency: "USD"})
	s.AddWallet(octopustest.Wallet{ID: 2, Currency: "USD"})
	c := loggedIn(t, s)
	rapid.Check(t, func(rt *rapid.T) {
		for range rapid.IntRange(0, 5).Draw(rt, "new rows") {
			at := noon().Add(time.Duration(rapid.IntRange(-100, 100).Draw(rt, "at")) * time.Second)
			s.Debit(rapid.Int64Range(1, 2).Draw(rt, "wallet"), dec("1"), at)
		}
		wallet := rapid.Int64Range(0, 2).Draw(rt, "filter")
		filter := ""
		if wallet != 0 {
			filter = fmt.Sprintf("&wallet_id=%d", wallet)
		}
		limit := rapid.IntRange(1, 40).Draw(rt, "limit")
		var got, want []int64
		for page, more := 1, "true"; more == "true"; page++ {
			r := c.get(fmt.Sprintf("/api/v1/transactions?page=%d&limit=%d%s", page, limit, filter))
			got, more = append(got, ids(t, r)...), r.header.Get("X-Has-More")
		}
		for _, tx := range s.Transactions(wallet) {
			want = append(want, tx.ID)
		}
		if !slices.Equal(got, want) {
			rt.Fatalf("pages of %d give %v, the list is %v", limit, got, want)
		}
	})
}
