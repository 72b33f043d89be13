package preflight

import (
	"context"
	"time"

	"walletwatch/octopus"
)

// How far this machine's clock may be off the API's: webhooks are refused when theirs is more than 5 minutes off, and
// access tokens are renewed 5 minutes ahead.
const (
	skewWarned = 30 * time.Second
	skewFailed = 2 * time.Minute
)

// clock compares the clocks by the answers that the other checks got.
func (a *Account) clock(context.Context) Finding {
	skew, known := skewOf(a.seen())
	far := skew.Abs()
	const mend = "let this machine keep its time by NTP"
	switch {
	case !known:
		return skipped("", "not checked: no answer of the API said what time it is")
	case far > skewFailed:
		return failed(mend, "the clock here is %s %s the API's", far, behind(skew))
	case far > skewWarned:
		return warned(mend, "the clock here is %s %s the API's", far, behind(skew))
	case far == 0:
		return passed("the clock here and the API's agree")
	}
	return passed("the clock here is %s %s the API's", far, behind(skew))
}

func behind(skew time.Duration) string {
	if skew > 0 {
		return "behind"
	}
	return "ahead of"
}

// skewOf returns by how much the API's clock is at least ahead of the one here (negative: behind), to the second, as
// the quickest answer has it: when within the exchange, and when within its second, the time was taken is not known.
func skewOf(exchanges []octopus.Exchange) (skew time.Duration, known bool) {
	var best octopus.Exchange
	for _, e := range exchanges {
		if !e.ServerAt.IsZero() && (!known || e.Took < best.Took) {
			best, known = e, true
		}
	}
	if !known {
		return 0, false
	}
	least := best.ServerAt.Sub(best.Sent.Add(best.Took))
	most := best.ServerAt.Add(time.Second).Sub(best.Sent)
	switch {
	case least > 0:
		return least.Round(time.Second), true
	case most < 0:
		return most.Round(time.Second), true
	}
	return 0, true
}
