package store_test

import (
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"

	"walletwatch/store"
)

// asNobody runs f as somebody who owns nothing, also where the tests run as root, who may write everywhere.
func asNobody(t *testing.T, f func()) {
	t.Helper()
	if os.Geteuid() == 0 {
		runtime.LockOSThread() // it is one thread's matter
		defer runtime.UnlockOSThread()
		const nobody = 65534
		must(t, syscall.Setfsuid(nobody))
		defer syscall.Setfsuid(0)
	}
	f()
}

// TestInspectWhatMayNotBeWritten tells what may only be read, and a folder in which no file can be made.
func TestInspectWhatMayNotBeWritten(t *testing.T) {
	dir, err := os.MkdirTemp("", "walletwatch-readable-") // a test's own is not even readable for others
	must(t, err)
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "w.db")
	url := "sqlite://" + path
	must(t, open(t, url).Close())
	must(t, os.Chmod(path, 0o444))
	must(t, os.Chmod(dir, 0o555))
	defer os.Chmod(dir, 0o755) // or it could not be removed
	before := content(t, dir)
	const advice = "the user walletwatch runs as may write to the file and to its directory"
	asNobody(t, func() {
		_, err := store.Inspect(t.Context(), store.At(url))
		hindered(t, err, "", advice)
		t.Log(err)
		_, err = store.Inspect(t.Context(), store.At("sqlite://"+filepath.Join(dir, "new.db")))
		hindered(t, err, "none can be made: permission denied", advice)
	})
	sameContent(t, dir, before)
	must(t, os.Chmod(dir, 0o777))
	asNobody(t, func() {
		_, err := store.Inspect(t.Context(), store.At(url))
		hindered(t, err, "it can only be read: the file and its directory must be writable", advice)
	})
}
