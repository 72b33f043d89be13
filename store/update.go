package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"

	"walletwatch/wallet"
)

// Update changes the book of an account in one transaction that no other Update of the account runs beside, in
// this process or another. f gets the book as it is now and says what changes; it may be run once only, must not
// keep the journal, and an error or an empty change leaves everything as it was. Update returns the book that
// is stored afterwards. The account must have been loaded once.
func (s *Store) Update(ctx context.Context, account string, known *wallet.Book, now time.Time,
	f func(*wallet.Book, wallet.Journal) (*wallet.Change, error)) (*wallet.Book, error) {
	book := known
	err := s.inTx(ctx, func(ctx context.Context, tx *sql.Tx) error {
		var version int64
		// Taking the next version first locks the account's row until the end of the transaction, on every database.
		var micros int64
		err := tx.QueryRowContext(ctx, `UPDATE account SET version = version + 1 WHERE name = $1 RETURNING version, `+s.dialect.now, account).Scan(&version, &micros)
		if err != nil {
			return fmt.Errorf("locking account %s: %w", account, err)
		}
		if s.clock != nil {
			s.clock.heard(micros)
		}
		current := known
		if known == nil || known.Version != version-1 {
			base := known
			if known != nil && known.Version >= version {
				base = nil // the database went back: see load
			}
			if current, err = load(ctx, tx, account, base, now); err != nil {
				return err
			}
			current = current.Apply(&wallet.Change{}, version-1)
		}
		journal := &journal{ctx: ctx, tx: tx, dialect: s.dialect, account: account}
		change, err := f(current, journal)
		if err != nil {
			return err
		}
		book = current
		if change.Empty() && !journal.wrote {
			return errNothing
		}
		w := writer{ctx: ctx, tx: tx, dialect: s.dialect, account: account, version: version}
		if err := w.write(change); err != nil {
			return fmt.Errorf("storing account %s: %w", account, err)
		}
		book = current.Apply(change, version)
		return nil
	})
	if err == errNothing {
		return book, nil
	}
	if err != nil {
		return known, err
	}
	return book, nil
}

// errNothing rolls a transaction back that has nothing to store.
var errNothing = fmt.Errorf("nothing to store")

// writer stores a change under a version.
type writer struct {
	ctx     context.Context
	tx      *sql.Tx
	dialect *dialect
	account string
	version int64
}

func (w writer) write(c *wallet.Change) error {
	steps := []func(*wallet.Change) error{w.writeAccount, w.writeWallets, w.writeDispatches, w.writeEpisodes, w.dropSpend, w.addSpend, w.writeSamples, w.writeAudit}
	for _, step := range steps {
		if err := step(c); err != nil {
			return err
		}
	}
	return nil
}

func (w writer) writeAccount(c *wallet.Change) error {
	a := c.Account
	if a == nil {
		return nil
	}
	_, err := w.tx.ExecContext(w.ctx, `UPDATE account SET polled_at = $2, fault_kind = $3, fault_message = $4, fault_since = $5,
			spend_source = $6, spend_basis = $7, spend_end = $8, ledger_read_at = $9, ledger_newest = $10, fill_target = $11,
			fill_reached = $12, fill_progress_at = $13, fill_complete = $14, fill_ever = $15, drops_since = $16, monitor_level = $17,
			monitor_since = $18, policy = $19, policy_until = $20 WHERE name = $1`,
		w.account, instant(a.PolledAt), a.Fault.Kind, clean(a.Fault.Message), instant(a.Fault.Since), a.SpendSource, a.SpendBasis, instant(a.SpendEnd),
		instant(a.LedgerReadAt), instant(a.LedgerNewest), instant(a.Fill.Target), instant(a.Fill.Reached),
		instant(a.Fill.ProgressAt), flag(a.Fill.Complete), flag(a.Fill.Ever), instant(a.DropsSince), a.Monitor.Level, instant(a.Monitor.Since), a.Policy, instant(a.PolicyUntil))
	return err
}

func (w writer) writeWallets(c *wallet.Change) error {
	return insert(w, `INSERT INTO wallet (account, version, id, currency_id, currency, scale, type, balance, observed_at, source,
			read_balance, read_at, ever_positive, news, suspect, doubt, doubt_since, first_movement, first_seen, spend, level, since, proven)`,
		` ON CONFLICT (account, id) DO UPDATE SET version = excluded.version, currency_id = excluded.currency_id, currency = excluded.currency,
			scale = excluded.scale, type = excluded.type, balance = excluded.balance, observed_at = excluded.observed_at,
			source = excluded.source, read_balance = excluded.read_balance, read_at = excluded.read_at, ever_positive = excluded.ever_positive,
			news = excluded.news, suspect = excluded.suspect, doubt = excluded.doubt, doubt_since = excluded.doubt_since,
			first_movement = excluded.first_movement, first_seen = excluded.first_seen, spend = excluded.spend, level = excluded.level,
			since = excluded.since, proven = excluded.proven`,
		c.Wallets, func(s *wallet.State) []any {
			return []any{w.account, w.version, s.ID, s.CurrencyID, clean(s.Currency), int64(s.Precision), clean(string(s.Type)), s.Balance.String(), instant(s.ObservedAt),
				string(s.Source), s.Read.String(), instant(s.ReadAt), flag(s.EverPositive), newsText(s.News), instant(s.Suspect), clean(s.Doubt), instant(s.DoubtSince), instant(s.FirstMovement), instant(s.FirstSeen),
				bucketsText(s.Spend), s.Level, instant(s.Since), s.Proven}
		})
}

// bucketsText writes buckets as a JSON array of decimal strings.
func bucketsText(b wallet.Buckets) string {
	var text strings.Builder
	text.WriteByte('[')
	for i, d := range b {
		if i > 0 {
			text.WriteByte(',')
		}
		text.WriteByte('"')
		text.WriteString(d.String())
		text.WriteByte('"')
	}
	text.WriteByte(']')
	return text.String()
}

func (w writer) writeDispatches(c *wallet.Change) error {
	return insert(w, `INSERT INTO dispatch (account, version, wallet_id, receiver, want_seq, want_firing, want_level, want_about, want_since, accepted_seq,
			accepted_firing, accepted_level, accepted_about, accepted_since, accepted_at, handle, due_at, attempts, next_at, last_error, permanent,
			urgency, claim, claimed_until)`,
		` ON CONFLICT (account, wallet_id, receiver) DO UPDATE SET version = excluded.version, want_seq = excluded.want_seq,
			want_firing = excluded.want_firing, want_level = excluded.want_level, want_about = excluded.want_about, want_since = excluded.want_since,
			accepted_seq = excluded.accepted_seq, accepted_firing = excluded.accepted_firing, accepted_level = excluded.accepted_level,
			accepted_about = excluded.accepted_about,
			accepted_since = excluded.accepted_since, accepted_at = excluded.accepted_at, handle = excluded.handle, due_at = excluded.due_at,
			attempts = excluded.attempts, next_at = excluded.next_at, last_error = excluded.last_error, permanent = excluded.permanent,
			urgency = excluded.urgency, claim = excluded.claim, claimed_until = excluded.claimed_until`,
		c.Dispatches, func(d *wallet.Dispatch) []any {
			return []any{w.account, w.version, d.Wallet, d.Receiver, d.Want.Seq, flag(d.Want.Firing), d.Want.Level, d.Want.About, instant(d.Want.Since), d.Accepted.Seq,
				flag(d.Accepted.Firing), d.Accepted.Level, d.Accepted.About, instant(d.Accepted.Since), instant(d.AcceptedAt), clean(d.Handle), instant(d.DueAt),
				int64(d.Attempts), instant(d.NextAt), clean(d.LastError), flag(d.Permanent), int64(d.Urgency), d.Claim, instant(d.ClaimedUntil)}
		})
}

func (w writer) writeEpisodes(c *wallet.Change) error {
	outcomes := make(map[*wallet.Episode]string, len(c.Episodes))
	for _, e := range c.Episodes {
		text, err := jsonText(e.Outcomes)
		if err != nil {
			return fmt.Errorf("writing the outcomes of an episode: %w", err)
		}
		outcomes[e] = text
	}
	return insert(w, `INSERT INTO episode (account, version, wallet_id, since, level, resolved_at, confirmed, outcomes)`,
		` ON CONFLICT (account, wallet_id, since) DO UPDATE SET version = excluded.version, level = excluded.level,
			resolved_at = excluded.resolved_at, confirmed = excluded.confirmed, outcomes = excluded.outcomes`,
		c.Episodes, func(e *wallet.Episode) []any {
			return []any{w.account, w.version, e.Wallet, instant(e.Since), e.Level, instant(e.ResolvedAt), flag(e.Confirmed), outcomes[e]}
		})
}

func (w writer) writeSamples(c *wallet.Change) error {
	return insert(w, `INSERT INTO balance_sample (account, wallet_id, at, balance)`,
		` ON CONFLICT (account, wallet_id, at) DO UPDATE SET balance = excluded.balance`,
		c.Samples, func(s wallet.Sample) []any { return []any{w.account, s.Wallet, instant(s.At), s.Balance.String()} })
}

func (w writer) writeAudit(c *wallet.Change) error {
	return insert(w, `INSERT INTO audit (account, wallet_id, at, event, detail)`, ``,
		c.Audit, func(a wallet.Audit) []any { return []any{w.account, a.Wallet, instant(a.At), a.Event, clean(a.Detail)} })
}
