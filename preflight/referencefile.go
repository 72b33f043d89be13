package preflight

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// readReference returns what the file holds; nil when there is no such file. A file that cannot be understood is an
// error and stays as it is: it may be all that is known of an order.
func readReference(path string) (*reference, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the order's reference: %w", err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxReferenceFile+1))
	if err != nil {
		return nil, fmt.Errorf("reading the order's reference: %w", err)
	}
	r, err := decodeReference(text)
	if err != nil {
		return nil, fmt.Errorf("reading the order's reference in %s: %w", path, err)
	}
	return r, nil
}

// storeNew makes the file, which must not exist, and returns when it would survive a crash. Of several processes that
// try, one succeeds.
func storeNew(path string, r *reference) error {
	return write(path, r, os.O_EXCL)
}

// replace swaps the file's content for another, whole or not at all.
func replace(path string, r *reference) error {
	next := path + ".new"
	if err := write(next, r, os.O_TRUNC); err != nil {
		return err
	}
	if err := os.Rename(next, path); err != nil {
		return fmt.Errorf("storing the order's reference: %w", err)
	}
	return syncFolder(path)
}

// renew replaces what the file says of an order, unless it is about another one by now.
func renew(path string, r *reference) error {
	there, err := readReference(path)
	if err != nil {
		return err
	}
	if there != nil && there.ClientReference != r.ClientReference {
		return nil
	}
	return replace(path, r)
}

func write(path string, r *reference, how int) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|how, 0o600)
	if err != nil {
		return fmt.Errorf("storing the order's reference: %w", err)
	}
	_, err = f.Write(r.encode())
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("storing the order's reference: %w", err)
	}
	return syncFolder(path)
}

// syncFolder makes sure that the file's name would survive a crash too.
func syncFolder(path string) error {
	folder, err := os.Open(filepath.Dir(path))
	if err != nil {
		return fmt.Errorf("storing the order's reference: %w", err)
	}
	if err := errors.Join(folder.Sync(), folder.Close()); err != nil {
		return fmt.Errorf("storing the order's reference: %w", err)
	}
	return nil
}
