package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"walletwatch/wallet"
)

// Forget deletes what an account's retention says is no longer needed.
func (s *Store) Forget(ctx context.Context, account string, r wallet.Retention) error {
	hour := time.Hour.Milliseconds()
	statements := []struct {
		query string
		args  []any
	}{
		{`DELETE FROM spend_minute WHERE account = $1 AND minute < $2`, []any{instant(r.SpendBefore)}},
		{`DELETE FROM movement WHERE account = $1 AND settled = 1 AND created_at >= $2 AND created_at < $3`, []any{instant(r.SeenFrom), instant(r.SeenUpTo)}},
		{`DELETE FROM movement WHERE account = $1 AND settled = 0 AND created_at < $2`, []any{instant(r.PendingBefore)}},
		{`DELETE FROM balance_sample WHERE account = $1 AND at < $2`, []any{instant(r.SamplesBefore)}},
		{`DELETE FROM balance_sample WHERE account = $1 AND at < $2 AND EXISTS (SELECT 1 FROM balance_sample earlier
			WHERE earlier.account = balance_sample.account AND earlier.wallet_id = balance_sample.wallet_id
			AND earlier.at < balance_sample.at AND earlier.at >= balance_sample.at - balance_sample.at % $3)`, []any{instant(r.ThinBefore), hour}},
		{`DELETE FROM episode WHERE account = $1 AND resolved_at > 0 AND resolved_at < $2`, []any{instant(r.EpisodesBefore)}},
		{`DELETE FROM audit WHERE account = $1 AND at < $2`, []any{instant(r.EpisodesBefore)}},
	}
	err := s.inTx(ctx, func(ctx context.Context, tx *sql.Tx) error {
		for _, st := range statements {
			if _, err := tx.ExecContext(ctx, st.query, append([]any{account}, st.args...)...); err != nil {
				return fmt.Errorf("forgetting what account %s no longer needs: %w", account, err)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for prefix, before := range map[string]time.Time{wallet.OrderKey: r.OrdersBefore, wallet.TopupKey: r.OrdersBefore, wallet.EventKey: r.EventsBefore} {
		if err := s.forgetHeard(ctx, account, prefix, before); err != nil {
			return fmt.Errorf("forgetting what account %s heard long ago: %w", account, err)
		}
	}
	return nil
}

// keysAtOnce bounds the keys that are looked through in one transaction: there may be millions, and nothing else is
// stored meanwhile. They are looked through in their order, because an index by time would cost more with every order
// than looking through all of them does every hour.
const keysAtOnce = 5000

func (s *Store) forgetHeard(ctx context.Context, account, prefix string, before time.Time) error {
	from, end := prefix, prefix+"\U0010FFFF"
	for before.Unix() > 0 {
		last, err := s.forgetSome(ctx, account, from, end, before)
		if err != nil || last == "" {
			return err
		}
		from = last
	}
	return nil
}

// forgetSome looks through the next keys and returns the last of them; "": there was none.
func (s *Store) forgetSome(ctx context.Context, account, from, end string, before time.Time) (string, error) {
	ctx, done := s.dialect.bounded(ctx)
	defer done()
	var last sql.NullString
	err := s.db.QueryRowContext(ctx, `SELECT MAX(key) FROM (
		SELECT key FROM heard WHERE account = $1 AND key > $2 AND key < $3 ORDER BY key LIMIT $4) part`, account, from, end, keysAtOnce).Scan(&last)
	if err != nil || !last.Valid {
		return "", s.judged(err)
	}
	_, err = s.db.ExecContext(ctx, `DELETE FROM heard WHERE account = $1 AND key > $2 AND key <= $3 AND at < $4`, account, from, last.String, instant(before))
	return last.String, s.judged(err)
}
