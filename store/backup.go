package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
)

// Backup writes a copy of a SQLite database, as it was at one moment, to a new file that only its owner may read. Others may
// go on using and writing the database. Whatever its schema, it is copied as it is. The file is whole and on the disk when it appears
// under its name; one that is there already is never overwritten. A Refusal says that nothing was begun.
func Backup(ctx context.Context, database, destination string) error {
	path, err := backedUp(database)
	if err != nil {
		return err
	}
	if _, err := os.Lstat(destination); err == nil {
		return Refusal(destination + " is there already: a backup overwrites nothing; give another name")
	}
	copied, err := vacuum(ctx, path, filepath.Dir(destination), filepath.Base(destination))
	if err != nil {
		return err
	}
	defer os.Remove(copied)
	if err := publish(copied, destination); err != nil {
		return fmt.Errorf("naming the backup %s: %w", destination, err)
	}
	return nil
}

// BackupTo writes such a copy to w, by way of a file beside the database, and returns its size in bytes.
func BackupTo(ctx context.Context, database string, w io.Writer) (int64, error) {
	path, err := backedUp(database)
	if err != nil {
		return 0, err
	}
	copied, err := vacuum(ctx, path, filepath.Dir(path), filepath.Base(path))
	if err != nil {
		return 0, err
	}
	defer os.Remove(copied)
	f, err := os.Open(copied)
	if err != nil {
		return 0, fmt.Errorf("reading the backup: %w", err)
	}
	defer f.Close()
	n, err := io.Copy(w, f)
	if err != nil {
		return n, fmt.Errorf("writing the backup out: %w", err)
	}
	return n, nil
}

// backedUp returns the path of a database that is there to be backed up.
func backedUp(database string) (string, error) {
	if strings.HasPrefix(database, "postgres://") || strings.HasPrefix(database, "postgresql://") {
		return "", Refusal("a PostgreSQL database is backed up with PostgreSQL's own tools: pg_dump --format=custom --file=walletwatch.dump DATABASE")
	}
	path, ok := filePath(database)
	if !ok {
		return "", Refusal(fmt.Sprintf("the database %q is not understood; give sqlite://PATH, for example sqlite://walletwatch.db", redact(database)))
	}
	return path, present(path)
}

// vacuum writes a copy of a database to a new file in a directory and returns its path, once it is on the disk.
func vacuum(ctx context.Context, path, dir, name string) (_ string, err error) {
	f, err := os.CreateTemp(dir, "."+name+".unfinished-*") // for its owner alone
	if err != nil {
		return "", Refusal(fmt.Sprintf("no file can be made in the folder %s: %v", dir, cause(err)))
	}
	defer func() {
		if err = errors.Join(err, f.Close()); err != nil {
			os.Remove(f.Name())
		}
	}()
	options := url.Values{"mode": {"ro"}, "_pragma": {"busy_timeout(5000)"}}
	db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: path}).EscapedPath()+"?"+options.Encode())
	if err != nil {
		return "", fmt.Errorf("opening the database %s: %w", path, err)
	}
	defer db.Close()
	// An empty file is one that VACUUM INTO may fill.
	if _, err := db.ExecContext(ctx, `VACUUM INTO $1`, f.Name()); err != nil {
		return "", fmt.Errorf("copying the database %s: %w", path, explainSQLite(err))
	}
	// VACUUM INTO leaves it to the caller to see that the copy reaches the disk.
	if err := f.Sync(); err != nil {
		return "", fmt.Errorf("writing the backup to the disk: %w", err)
	}
	return f.Name(), nil
}

// publish gives a file its name, unless something has it already.
func publish(file, name string) error {
	// A link, unlike a new name, takes nobody's place.
	err := os.Link(file, name)
	if err != nil && !errors.Is(err, fs.ErrExist) {
		if _, there := os.Lstat(name); errors.Is(there, fs.ErrNotExist) {
			err = os.Rename(file, name) // the file system has no links
		}
	}
	if err != nil {
		return err
	}
	dir, err := os.Open(filepath.Dir(name))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}
