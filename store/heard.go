package store

import (
	"database/sql"
	"fmt"
	"time"
)

// Remember implements wallet.Journal.
func (j *journal) Remember(keys []string, at time.Time) ([]bool, error) {
	fresh := make([]bool, len(keys))
	first := make(map[string]int, len(keys)) // where a key is met first
	unique := make([]string, 0, len(keys))
	for i, key := range keys {
		key = clean(key)
		if _, twice := first[key]; !twice {
			first[key] = i
			unique = append(unique, key)
		}
	}
	for len(unique) > 0 {
		n := min(len(unique), rowsPerStatement(3))
		args := make([]any, 0, 3*n)
		for _, key := range unique[:n] {
			args = append(args, j.account, key, instant(at))
		}
		unique = unique[n:]
		added, err := collect(j.ctx, j.tx, func(rows *sql.Rows) (key string, err error) {
			return key, rows.Scan(&key)
		}, `INSERT INTO heard (account, key, at) VALUES `+j.dialect.placeholders(n, 3)+` ON CONFLICT (account, key) DO NOTHING RETURNING key`, args...)
		if err != nil {
			return nil, fmt.Errorf("remembering what was heard: %w", err)
		}
		for _, key := range added {
			fresh[first[key]] = true
		}
		j.wrote = j.wrote || len(added) > 0
	}
	return fresh, nil
}
