package store

import (
	"os"
	"syscall"
)

// standAlone takes a lock beside a SQLite file that lasts as long as this process, and returns nil when another
// process has it or the file system knows no locks. The lock is not on the database itself: closing a file
// would drop SQLite's own locks on it.
func standAlone(path string) *os.File {
	f, err := os.OpenFile(path+".lock", os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		return nil
	}
	return f
}

// Alone reports whether no other process uses the database, so that whatever is claimed in it was claimed by one
// that has ended.
func (s *Store) Alone() bool { return s.alone != nil }
