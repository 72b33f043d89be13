package config

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/fsnotify/fsnotify"
)

// Watch sends to changed, which must have room for one value, whenever the bytes of the file at path are no longer
// those that hash (File.Hash) was made of, until ctx ends. A file that is gone or cannot be read is no change: it
// counts again when it is back.
func Watch(ctx context.Context, path, hash string, changed chan<- struct{}, log *slog.Logger) {
	w := watch{path: path, hash: hash, changed: changed, log: log, look: 60 * time.Second, settle: 200 * time.Millisecond}
	w.run(ctx)
}

type watch struct {
	path    string
	hash    string // of the bytes that were announced last
	changed chan<- struct{}
	log     *slog.Logger
	look    time.Duration // how often the file is read when no event says that it changed: some file systems send none
	settle  time.Duration // how long after an event it is read, so that an editor can finish writing
}

// run watches the directory: Kubernetes replaces a mounted file by swapping a link beside it, of which a watch on the
// file itself hears once and then never again.
func (w *watch) run(ctx context.Context) {
	var events <-chan fsnotify.Event
	var errs <-chan error
	watcher, err := fsnotify.NewWatcher()
	if err == nil {
		defer watcher.Close()
		err = watcher.Add(filepath.Dir(w.path))
		events, errs = watcher.Events, watcher.Errors
	}
	if err != nil {
		w.log.Warn("changes of the configuration are noticed late: its directory cannot be watched", "look_every", w.look, "error", err)
	}
	look := time.NewTicker(w.look)
	defer look.Stop()
	soon := time.After(w.settle) // it may have changed before it was watched
	for {
		select {
		case <-ctx.Done():
			return
		case <-events:
			soon = time.After(w.settle)
		case err := <-errs:
			w.log.Warn("watching the configuration", "error", err)
			soon = time.After(w.settle) // events may have been lost
		case <-look.C:
			w.compare()
		case <-soon:
			w.compare()
		}
	}
}

func (w *watch) compare() {
	now, err := hashFile(w.path)
	if err != nil || now == w.hash {
		return
	}
	w.hash = now
	select {
	case w.changed <- struct{}{}:
	default: // an earlier change is still to be looked at
	}
}

func hashFile(path string) (string, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:]), nil
}
