package config

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
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
	soon := time.After(w.settle) // it may have changed before it was watched; nil: no comparison is due
	for {
		select {
		case <-ctx.Done():
			return
		case e := <-events:
			if soon == nil && w.concerns(e) { // events that keep coming must not put the comparison off
				soon = time.After(w.settle)
			}
		case err := <-errs:
			w.log.Warn("watching the configuration", "error", err)
			soon = time.After(w.settle) // events may have been lost
		case <-look.C:
			w.compare()
		case <-soon:
			soon = nil
			w.compare()
		}
	}
}

// concerns reports whether e may have changed the file: it is about its name, or about one of those that Kubernetes
// swaps behind it, which begin with two dots. The database, by default in the same directory, changes all the time.
func (w *watch) concerns(e fsnotify.Event) bool {
	name := filepath.Base(e.Name)
	return name == filepath.Base(w.path) || strings.HasPrefix(name, "..")
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
