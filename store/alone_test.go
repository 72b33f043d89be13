package store_test

import "testing"

// TestAlone opens a database several times, as processes would that come and go in any order.
func TestAlone(t *testing.T) {
	db := sqlite(t)
	first := db.open()
	second := db.open()
	if !first.Alone() || second.Alone() {
		t.Errorf("the first is alone: %v, the second: %v", first.Alone(), second.Alone())
	}
	must(t, first.Close())
	third := db.open() // while the second goes on
	if third.Alone() {
		t.Error("a process that found another is overlooked once the one before it has ended")
	}
	must(t, second.Close())
	must(t, third.Close())
	if fourth := db.open(); !fourth.Alone() {
		t.Error("nobody else is left, and yet it is not alone")
	}
}
