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

// lookEvery is how often the file is read when no event says that it changed: some file systems send none.
const lookEvery = 60 * time.Second

// settle is how long after an event the file is read, so that an editor can finish writing.
const settle = 200 * time.Millisecond

// Watch sends to changed whenever the bytes of the file at path are no longer those that hash (File.Hash) was made
// of, until ctx ends. It watches the directory: Kubernetes replaces a mounted file by swapping a link beside it,
// of which a watch on the file itself hears once and then never again.
func Watch(ctx context.Context, path, hash string, changed chan<- struct{}, log *slog.Logger) {
	var events <-chan fsnotify.Event
	var errs <-chan error
	watcher, err := fsnotify.NewWatcher()
	if err == nil {
		defer watcher.Close()
		err = watcher.Add(filepath.Dir(path))
		events, errs = watcher.Events, watcher.Errors
	}
	if err != nil {
		log.Warn("changes of the configuration are noticed once a minute only", "error", err)
	}
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	var soon <-chan time.Time
	for {
		select {
		case <-ctx.Done():
			return
		case <-events:
			soon = time.After(settle)
			continue
		case err := <-errs:
			log.Warn("watching the configuration", "error", err)
			continue
		case <-look.C:
		case <-soon:
			soon = nil
		}
		if now, err := hashFile(path); err == nil && now != hash {
			hash = now
			select {
			case changed <- struct{}{}:
			default:
			}
		}
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
