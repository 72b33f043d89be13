package store

import (
	"context"
	"fmt"
	"os"
	"strings"
)

// OpenExisting opens a database as OpenFrom does, but a file only when there is one and no other process uses it:
// otherwise the error is a Refusal, and nothing was created or brought up to date. Of a server neither can be told.
func OpenExisting(ctx context.Context, source Source) (*Store, error) {
	url, err := source()
	if err != nil {
		return nil, fmt.Errorf("reading where the database is: %w", err)
	}
	path, isFile := filePath(url)
	if !isFile {
		return OpenFrom(ctx, source)
	}
	if err := present(path); err != nil {
		return nil, err
	}
	lock, alone := join(path)
	if lock != nil {
		lock.Close()
	}
	if !alone {
		return nil, Refusal("the database " + path + " is in use: stop the walletwatch that runs on it first")
	}
	return openFile(ctx, path)
}

// filePath returns the path in a URL such as sqlite://walletwatch.db.
func filePath(url string) (string, bool) {
	path, ok := strings.CutPrefix(url, "sqlite://")
	return path, ok && path != ""
}

// present refuses a path at which there is no database.
func present(path string) error {
	if info, err := os.Stat(path); err != nil || info.Size() == 0 {
		return Refusal("there is no database at " + path)
	}
	return nil
}
