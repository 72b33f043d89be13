package config

import (
	"context"
	"log/slog"
	"time"
)

// WatchEvery is Watch at another pace.
func WatchEvery(ctx context.Context, path, hash string, changed chan<- struct{}, log *slog.Logger, look, settle time.Duration) {
	w := watch{path: path, hash: hash, changed: changed, log: log, look: look, settle: settle}
	w.run(ctx)
}
