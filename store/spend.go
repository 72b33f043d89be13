package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"walletwatch/wallet"
)

// journal answers questions of the function that Update runs, in its transaction.
type journal struct {
	ctx     context.Context
	tx      *sql.Tx
	dialect *dialect
	account string
	wrote   bool // something is to be stored, whatever the change says
}

// Spend implements wallet.Journal.
func (j *journal) Spend(after, upTo time.Time, each func(wallet.MinuteSpend)) error {
	rows, err := j.tx.QueryContext(j.ctx, `SELECT minute, wallet_id, source, amount FROM spend_minute
		WHERE account = $1 AND minute > $2 AND minute <= $3`, j.account, instant(after), instant(upTo))
	if err != nil {
		return fmt.Errorf("reading spend: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var m wallet.MinuteSpend
		if err := rows.Scan(timeScanner{&m.Minute}, &m.Wallet, &m.Source, amountScanner{&m.Amount}); err != nil {
			return fmt.Errorf("reading spend: %w", err)
		}
		each(m)
	}
	return rows.Err()
}

// Count implements wallet.Journal.
func (j *journal) Count(movements []wallet.Movement) ([]wallet.Movement, error) {
	byID := make(map[int64]wallet.Movement, len(movements))
	unique := make([]wallet.Movement, 0, len(movements))
	for _, m := range movements {
		met, twice := byID[m.ID]
		if !twice {
			unique = append(unique, m)
		}
		if !twice || met.Pending() {
			byID[m.ID] = m
		}
	}
	j.wrote = j.wrote || len(unique) > 0
	var counted []wallet.Movement
	for len(unique) > 0 {
		n := min(len(unique), rowsPerStatement(4))
		args := make([]any, 0, 4*n)
		for _, m := range unique[:n] {
			m = byID[m.ID]
			args = append(args, j.account, m.ID, instant(m.CreatedAt), flag(!m.Pending()))
		}
		unique = unique[n:]
		ids, err := collect(j.ctx, j.tx, func(rows *sql.Rows) (id int64, err error) {
			return id, rows.Scan(&id)
		}, `INSERT INTO movement (account, id, created_at, settled) VALUES `+j.dialect.placeholders(n, 4)+`
			ON CONFLICT (account, id) DO UPDATE SET settled = 1 WHERE movement.settled = 0 AND excluded.settled = 1 RETURNING id`, args...)
		if err != nil {
			return nil, fmt.Errorf("counting transactions: %w", err)
		}
		for _, id := range ids {
			if m := byID[id]; !m.Pending() {
				counted = append(counted, m)
			}
		}
	}
	return counted, nil
}

// Pending returns the movements of an account that have not settled yet, the oldest first.
func (s *Store) Pending(ctx context.Context, account string) ([]wallet.PendingMovement, error) {
	ctx, done := s.dialect.bounded(ctx)
	defer done()
	pending, err := collect(ctx, s.db, func(rows *sql.Rows) (p wallet.PendingMovement, err error) {
		return p, rows.Scan(&p.ID, timeScanner{&p.CreatedAt})
	}, `SELECT id, created_at FROM movement WHERE account = $1 AND settled = 0 ORDER BY created_at, id`, account)
	if err != nil {
		return nil, fmt.Errorf("reading the transactions of %s that have not settled: %w", account, s.judged(err))
	}
	return pending, nil
}

func (w writer) dropSpend(c *wallet.Change) error {
	for _, source := range c.DropSpend {
		if _, err := w.tx.ExecContext(w.ctx, `DELETE FROM spend_minute WHERE account = $1 AND source = $2`, w.account, source); err != nil {
			return err
		}
		if source != wallet.SpendFromLedger {
			continue
		}
		if _, err := w.tx.ExecContext(w.ctx, `DELETE FROM movement WHERE account = $1`, w.account); err != nil {
			return err
		}
	}
	return nil
}

type spendKey struct {
	wallet int64
	minute int64
	source wallet.SpendSource
}

// addSpend adds to the stored sums. Sums are made here rather than in SQL, where SQLite would add in binary
// floating point.
func (w writer) addSpend(c *wallet.Change) error {
	if len(c.Spend) == 0 {
		return nil
	}
	sums := map[spendKey]wallet.MinuteSpend{}
	minutes := map[int64]bool{}
	for _, m := range c.Spend {
		k := spendKey{m.Wallet, instant(m.Minute), m.Source}
		m.Amount = m.Amount.Add(sums[k].Amount)
		sums[k] = m
		minutes[k.minute] = true
	}
	j := &journal{ctx: w.ctx, tx: w.tx, dialect: w.dialect, account: w.account}
	for minute := range minutes {
		at := fromInstant(minute)
		err := j.Spend(at.Add(-time.Millisecond), at, func(stored wallet.MinuteSpend) {
			k := spendKey{stored.Wallet, minute, stored.Source}
			if m, ok := sums[k]; ok {
				m.Amount = m.Amount.Add(stored.Amount)
				sums[k] = m
			}
		})
		if err != nil {
			return err
		}
	}
	rows := make([]wallet.MinuteSpend, 0, len(sums))
	for _, m := range sums {
		rows = append(rows, m)
	}
	return insert(w, `INSERT INTO spend_minute (account, minute, wallet_id, source, amount)`,
		` ON CONFLICT (account, minute, wallet_id, source) DO UPDATE SET amount = excluded.amount`,
		rows, func(m wallet.MinuteSpend) []any {
			return []any{w.account, instant(m.Minute), m.Wallet, string(m.Source), m.Amount.String()}
		})
}
