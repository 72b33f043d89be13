package store

import (
	"os"
	"syscall"
)

// join takes a lock beside a SQLite file that lasts as long as this process, and reports whether no other process had
// one. Without a lock (the file system knows none) it is nil and others cannot be ruled out. The lock is not on the
// database itself: closing a file would drop SQLite's own locks on it.
func join(path string) (lock *os.File, alone bool) {
	f, err := os.OpenFile(path+".lock", os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, false
	}
	alone = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil
	// The lock that lasts is shared: every process has it, also those that came when they were not alone.
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_SH); err != nil {
		f.Close()
		return nil, false
	}
	return f, alone
}

// Alone reports whether no other process used the database when it was opened, so that whatever is claimed in it was
// claimed by one that has ended.
func (s *Store) Alone() bool { return s.alone }
