package store

import (
	"testing"

	"walletwatch/wallet"
)

func FuzzNews(f *testing.F) {
	f.Add("")
	f.Add("order 1795435200123 1795435200200 3 12.5;")
	f.Add("webhook 1 2 3 0 1 40.00 1 41 2;order 5 6 1 0.10;")
	f.Add("order 1 2;")
	f.Add(";;")
	f.Fuzz(func(t *testing.T, text string) {
		var list, again = newsOf(t, text)
		if list == nil {
			return
		}
		if *again != *list {
			t.Errorf("%q became %q and then %q", text, *list, *again)
		}
	})
}

// newsOf reads a text and writes what was read, twice; nil when it cannot be read.
func newsOf(t *testing.T, text string) (once, twice *string) {
	written := func(text string) *string {
		var scanner newsScanner
		scanner.to = new([]wallet.News)
		if err := scanner.Scan(text); err != nil {
			return nil
		}
		return new(newsText(*scanner.to))
	}
	if once = written(text); once == nil {
		return nil, nil
	}
	if twice = written(*once); twice == nil {
		t.Errorf("%q became %q, which cannot be read", text, *once)
	}
	return once, twice
}
