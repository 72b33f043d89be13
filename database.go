package main

import (
	"errors"

	"walletwatch/secret"
	"walletwatch/store"
)

const defaultDatabase = "sqlite://walletwatch.db"

// databaseFlag says where state is kept, for every command that needs it.
type databaseFlag struct {
	Database string `default:"sqlite://walletwatch.db" variable:"WALLETWATCH_DATABASE" help:"Where state is kept: sqlite://PATH, or postgres://USER:PASSWORD@HOST/DATABASE for several replicas ($$WALLETWATCH_DATABASE, or the file named by $$WALLETWATCH_DATABASE_FILE)." placeholder:"URL"`
}

// source returns where to find the database. A file that holds the URL is read again for every new connection, so that
// a rotated password needs no restart.
func (d databaseFlag) source(getenv func(string) (string, bool)) (store.Source, error) {
	path, _ := getenv("WALLETWATCH_DATABASE_FILE")
	if path == "" {
		return store.At(d.Database), nil
	}
	if d.Database != "" && d.Database != defaultDatabase {
		return nil, errors.New("WALLETWATCH_DATABASE_FILE is set beside --database or WALLETWATCH_DATABASE: keep one of them")
	}
	file := secret.File(path)
	if _, err := file.Reveal(); err != nil {
		return nil, err
	}
	return file.Reveal, nil
}
