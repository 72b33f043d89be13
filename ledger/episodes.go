package ledger

import (
	"slices"
	"strings"
	"time"

	"walletwatch/wallet"
)

// episode opens, continues or ends the episode of a key whose level changes, and returns the level and since when.
func (e *edit) episode(key wallet.Key, from, to string, since time.Time) (string, time.Time) {
	if from == "" {
		since = e.opening(key)
		e.addEpisode(wallet.Episode{Key: key, Since: since, Level: to, Confirmed: true})
		return to, since
	}
	ep := e.findEpisode(key.Wallet, since)
	if ep == nil {
		ep = e.addEpisode(wallet.Episode{Key: key, Since: since, Level: from, Confirmed: true})
	}
	if to == "" {
		ep.ResolvedAt = e.now
		return "", time.Time{}
	}
	ep.Level = to
	return to, since
}

// opening returns the time that identifies a new episode: now, or later if the key's last one began now.
func (e *edit) opening(key wallet.Key) time.Time {
	at := e.now
	for _, old := range e.episodesOf(key.Wallet) {
		if !old.Since.Before(at) {
			at = old.Since.Add(time.Millisecond)
		}
	}
	return at
}

// episodesOf returns the episodes of a wallet (0: of the monitor) as they become.
func (e *edit) episodesOf(id int64) []*wallet.Episode {
	if e.episodes == nil {
		e.episodes = map[int64][]*wallet.Episode{}
		for _, ep := range e.book.Episodes {
			e.episodes[ep.Wallet] = append(e.episodes[ep.Wallet], ep)
		}
		e.changed = map[*wallet.Episode]bool{}
	}
	return e.episodes[id]
}

// findEpisode returns the episode for changing, or nil.
func (e *edit) findEpisode(id int64, since time.Time) *wallet.Episode {
	all := e.episodesOf(id)
	i := slices.IndexFunc(all, func(ep *wallet.Episode) bool { return ep.Since.Equal(since) })
	if i < 0 {
		return nil
	}
	if !e.changed[all[i]] {
		next := *all[i]
		next.Outcomes = slices.Clone(next.Outcomes)
		all[i] = &next
		e.changed[&next] = true
	}
	return all[i]
}

// addEpisode adds an episode for changing.
func (e *edit) addEpisode(ep wallet.Episode) *wallet.Episode {
	e.episodes[ep.Wallet] = append(e.episodesOf(ep.Wallet), &ep)
	e.changed[&ep] = true
	return &ep
}

// confirm notes in an open episode whether the API bears out its level.
func (e *edit) confirm(id int64, since time.Time, confirmed bool) {
	for _, ep := range e.episodesOf(id) {
		if ep.Since.Equal(since) && ep.Confirmed != confirmed {
			e.findEpisode(id, since).Confirmed = confirmed
			return
		}
	}
}

// outcome notes in the episode that began at since how far its news got with the dispatch's receiver.
func (e *edit) outcome(d *wallet.Dispatch, since time.Time) {
	ep := e.findEpisode(d.Wallet, since)
	if ep == nil {
		return
	}
	o := d.Outcome()
	i, found := slices.BinarySearchFunc(ep.Outcomes, o.Receiver, func(o wallet.Outcome, name string) int {
		return strings.Compare(o.Receiver, name)
	})
	if !found {
		ep.Outcomes = slices.Insert(ep.Outcomes, i, o)
		return
	}
	ep.Outcomes[i] = o
}

func episodes(b *wallet.Book) []wallet.Episode {
	all := make([]wallet.Episode, 0, len(b.Episodes))
	for _, e := range b.Episodes {
		all = append(all, *e)
	}
	return all
}

// recent returns the book without the episodes that ended long ago.
func recent(b *wallet.Book, now time.Time) *wallet.Book {
	old := func(ep *wallet.Episode) bool {
		return !ep.ResolvedAt.IsZero() && now.Sub(ep.ResolvedAt) > wallet.EpisodeMemory
	}
	if !slices.ContainsFunc(b.Episodes, old) {
		return b
	}
	next := *b
	next.Episodes = slices.DeleteFunc(slices.Clone(b.Episodes), old)
	return &next
}
