package store

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestDigest tells rows apart, however alike they are, and not the orders in which they come.
func TestDigest(t *testing.T) {
	d := newDigest()
	sum := func(rows ...[]any) uint64 {
		s := d.fresh()
		for _, r := range rows {
			s.add(r)
		}
		return s.sum
	}
	a, b := []any{"a", "bc", int64(1)}, []any{"x", "", int64(-1)}
	if sum(a, b) != sum(b, a) {
		t.Error("the order matters")
	}
	for name, other := range map[string][]any{
		"another cut":           {"ab", "c", int64(1)},
		"a number as text":      {"a", "bc", "1"},
		"another number":        {"a", "bc", int64(2)},
		"the same number, wide": {"a", "bc", int64(1 << 32)},
		"one column less":       {"a", "bc"},
		"nothing":               {"a", "bc", nil},
	} {
		if sum(a) == sum(other) {
			t.Errorf("%s makes no difference", name)
		}
	}
	if sum(a) == sum(a, a) || sum(a, a) == sum(b, b) || sum(a, a) == 0 {
		t.Error("two rows that are alike count for nothing")
	}
}

func TestDigestNoticesEveryChange(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		row := rapid.SliceOfN(rapid.String(), 1, 5)
		rows := rapid.SliceOfN(row, 1, 20).Draw(r, "rows")
		i := rapid.IntRange(0, len(rows)-1).Draw(r, "which")
		other := row.Draw(r, "other")
		before, after := newDigest(), (*digest)(nil)
		after = before.fresh()
		for k, values := range rows {
			before.add(anys(values))
			if k == i {
				values = other
			}
			after.add(anys(values))
		}
		if same := slices.Equal(rows[i], other); same != (before.sum == after.sum) {
			r.Fatalf("%q became %q: same sum %v", rows[i], other, before.sum == after.sum)
		}
	})
}

func anys(texts []string) []any {
	all := make([]any, len(texts))
	for i, s := range texts {
		all[i] = s
	}
	return all
}
