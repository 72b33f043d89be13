package config_test

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"walletwatch/config"
)

const (
	never = time.Hour             // no look: only events tell
	often = 10 * time.Millisecond // looks so often that events do not matter
	soon  = 5 * time.Millisecond  // settles fast
	quiet = 100 * time.Millisecond
)

// watching is a file that is watched until the test ends.
type watching struct {
	t       *testing.T
	path    string
	changed chan struct{}
}

// watchFile watches path, which a test has filled.
func watchFile(t *testing.T, path string, look time.Duration) *watching {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	f, err := config.Parse(path, text, config.Options{})
	if err != nil {
		t.Fatal(err)
	}
	w := &watching{t: t, path: path, changed: make(chan struct{}, 1)}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		config.WatchEvery(ctx, path, f.Hash, w.changed, slog.New(slog.DiscardHandler), look, soon)
	}()
	t.Cleanup(func() {
		cancel()
		select {
		case <-ended:
		case <-time.After(10 * time.Second):
			t.Error("watching does not end")
		}
	})
	w.still()
	return w
}

// text is a policy that says how often it was changed.
func text(version string) []byte {
	return []byte(`levels: [{name: low, floor: ` + version + `, notify: [slack]}]
receivers: {slack: {type: slack, channel: "#alerts"}}
`)
}

func (w *watching) told(what string) {
	w.t.Helper()
	select {
	case <-w.changed:
	case <-time.After(10 * time.Second):
		w.t.Fatalf("%s was not noticed", what)
	}
}

// still waits for longer than a change takes to be told.
func (w *watching) still() {
	w.t.Helper()
	select {
	case <-w.changed:
		w.t.Fatal("a change was told although there was none")
	case <-time.After(quiet):
	}
}

func (w *watching) do(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func plainFile(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "thresholds.yaml")
	if err := os.WriteFile(path, text("1"), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestWatchWriteInPlace(t *testing.T) {
	w := watchFile(t, plainFile(t), never)
	w.do(os.WriteFile(w.path, text("2"), 0o600))
	w.told("the write")
	w.still()
	w.do(os.WriteFile(w.path, text("1"), 0o600))
	w.told("the way back")
	w.still()
}

// TestWatchEditor: editors write another file and rename it, often after moving the old one out of the way.
func TestWatchEditor(t *testing.T) {
	w := watchFile(t, plainFile(t), never)
	for _, version := range []string{"2", "3"} {
		w.do(os.WriteFile(w.path+".tmp", text(version), 0o600))
		w.still()
		w.do(os.Rename(w.path, w.path+"~"))
		w.do(os.Rename(w.path+".tmp", w.path))
		w.told("version " + version)
		w.still()
	}
}

// TestWatchKubernetes: a mounted ConfigMap is a link to a link to a directory, and an update swaps the middle one.
func TestWatchKubernetes(t *testing.T) {
	mount := t.TempDir()
	swap := func(version string) {
		t.Helper()
		for _, err := range []error{
			os.Mkdir(filepath.Join(mount, "..v"+version), 0o700),
			os.WriteFile(filepath.Join(mount, "..v"+version, "thresholds.yaml"), text(version), 0o600),
			os.Symlink("..v"+version, filepath.Join(mount, "..data_tmp")),
			os.Rename(filepath.Join(mount, "..data_tmp"), filepath.Join(mount, "..data")),
		} {
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	swap("1")
	path := filepath.Join(mount, "thresholds.yaml")
	if err := os.Symlink(filepath.Join("..data", "thresholds.yaml"), path); err != nil {
		t.Fatal(err)
	}
	w := watchFile(t, path, never)
	for i, version := range []string{"2", "3", "4"} {
		swap(version)
		w.do(os.RemoveAll(filepath.Join(mount, "..v"+[]string{"1", "2", "3"}[i])))
		w.told("version " + version)
		w.still()
	}
}

func TestWatchVanishedFile(t *testing.T) {
	w := watchFile(t, plainFile(t), never)
	w.do(os.Remove(w.path))
	w.still()
	w.do(os.WriteFile(w.path, text("1"), 0o600))
	w.still()
	w.do(os.Remove(w.path))
	w.do(os.WriteFile(w.path, text("2"), 0o600))
	w.told("the file that came back")
}

func TestWatchSameBytes(t *testing.T) {
	w := watchFile(t, plainFile(t), never)
	w.do(os.WriteFile(w.path, text("1"), 0o600))
	w.still()
	w.do(os.Chtimes(w.path, time.Now(), time.Now()))
	w.do(os.WriteFile(w.path+".tmp", text("1"), 0o600))
	w.do(os.Rename(w.path+".tmp", w.path))
	w.do(os.WriteFile(filepath.Join(filepath.Dir(w.path), "other.yaml"), text("2"), 0o600))
	w.still()
}

// TestWatchChangedBefore: what was written between reading the file and watching it is noticed too.
func TestWatchChangedBefore(t *testing.T) {
	path := plainFile(t)
	changed := make(chan struct{}, 1)
	go config.WatchEvery(t.Context(), path, "the hash of something older", changed, slog.New(slog.DiscardHandler), never, soon)
	(&watching{t: t, changed: changed}).told("the earlier change")
}

// TestWatchWithoutEvents: where no event comes, because the file lies elsewhere or its directory cannot be watched, a
// look now and then finds the change.
func TestWatchWithoutEvents(t *testing.T) {
	elsewhere := plainFile(t)
	link := filepath.Join(t.TempDir(), "thresholds.yaml")
	if err := os.Symlink(elsewhere, link); err != nil {
		t.Fatal(err)
	}
	w := watchFile(t, link, often)
	w.do(os.WriteFile(elsewhere, text("2"), 0o600))
	w.told("the change behind the link")

	missing := filepath.Join(t.TempDir(), "later", "thresholds.yaml")
	changed := make(chan struct{}, 1)
	go config.WatchEvery(t.Context(), missing, "", changed, slog.New(slog.DiscardHandler), often, soon)
	m := &watching{t: t, path: missing, changed: changed}
	m.still()
	m.do(os.Mkdir(filepath.Dir(missing), 0o700))
	m.do(os.WriteFile(missing, text("2"), 0o600))
	m.told("the file in a new directory")
}

// TestWatchUnread: a change that nobody has looked at yet holds nothing up, so that watching can still end.
func TestWatchUnread(t *testing.T) {
	w := watchFile(t, plainFile(t), often)
	for _, version := range []string{"2", "3"} {
		w.do(os.WriteFile(w.path, text(version), 0o600))
		w.filled()
	}
}

// filled waits until a change was told, without looking at it, and for another one to be noticed.
func (w *watching) filled() {
	w.t.Helper()
	deadline := time.After(10 * time.Second)
	for len(w.changed) == 0 {
		select {
		case <-deadline:
			w.t.Fatal("the change was not noticed")
		case <-time.After(time.Millisecond):
		}
	}
	<-time.After(quiet)
}

// TestWatchBesideABusyFile: what is written beside the file all the time, such as a database, puts nothing off.
func TestWatchBesideABusyFile(t *testing.T) {
	for _, neighbour := range []string{"walletwatch.db-wal", "..busy"} {
		path := plainFile(t)
		busy, err := os.Create(filepath.Join(filepath.Dir(path), neighbour))
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		var running sync.WaitGroup
		running.Go(func() {
			defer busy.Close()
			for ctx.Err() == nil {
				_, _ = busy.WriteString("x")
				<-time.After(time.Millisecond)
			}
		})
		changed := make(chan struct{}, 1)
		running.Go(func() {
			config.WatchEvery(ctx, path, "the hash of something older", changed, slog.New(slog.DiscardHandler), never, 5*quiet)
		})
		(&watching{t: t, changed: changed}).told("the change beside " + neighbour)
		cancel()
		running.Wait()
	}
}
