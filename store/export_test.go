package store

import "testing"

// Pragma returns a setting of the store's own connection.
func Pragma(t *testing.T, s *Store, name string) string {
	t.Helper()
	var value string
	if err := s.db.QueryRow(`PRAGMA ` + name).Scan(&value); err != nil {
		t.Fatal(err)
	}
	return value
}
