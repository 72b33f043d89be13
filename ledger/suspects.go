package ledger

import (
	"fmt"
	"time"

	"walletwatch/wallet"
)

// suspect is a wallet that is worse off by what was heard, as this process knows it. The time that the API is given runs
// from when this process came to know, by a clock that does not jump: not while nobody was there to ask.
type suspect struct {
	since time.Time // State.Suspect, which tells one suspicion from another
	seen  time.Time // when this process came to know
}

// unanswered reports whether the API was asked about what makes a wallet suspect until its time was over, and in vain.
// Had it answered, the wallet would be suspect no more: so a read that ended then did not settle the matter.
func (e *edit) unanswered(s *wallet.State) bool {
	return !s.Suspect.IsZero() && !e.read.IsZero() && e.read.Sub(e.known(s).seen) >= e.l.cfg.ConfirmWithin
}

// known returns what is known of a suspicion, which may be news.
func (e *edit) known(s *wallet.State) suspect {
	if known, ok := e.mem.suspects[s.ID]; ok && known.since.Equal(s.Suspect) && !known.seen.After(e.clock) {
		return known
	}
	return suspect{since: s.Suspect, seen: e.clock}
}

// remember takes over the suspicions that there are after the edit, and when the API's time is over for each.
func (e *edit) remember() {
	deadlines := []time.Time{}
	suspects := map[int64]suspect{}
	for _, s := range e.mem.book.Wallets {
		if !s.Suspect.IsZero() {
			suspects[s.ID] = e.known(s)
			deadlines = append(deadlines, suspects[s.ID].seen.Add(e.l.cfg.ConfirmWithin))
		}
	}
	e.mem.suspects = suspects
	for _, key := range e.told {
		e.mem.told[key] = e.now
	}
	e.l.wish(e, deadlines)
}

// tellAgain is how often the same event is written down about one wallet. It is always counted.
const tellAgain = time.Minute

// worthTelling reports whether an event about a wallet has not been written down lately.
func (e *edit) worthTelling(event string, id int64) bool {
	key := fmt.Sprint(event, " ", id)
	if last, ok := e.mem.told[key]; ok && e.now.Sub(last).Abs() < tellAgain {
		return false
	}
	e.told = append(e.told, key)
	return true
}
