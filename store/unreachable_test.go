package store_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgproto3"

	"walletwatch/store"
	"walletwatch/store/pgtest"
)

// says is a server that has one answer for everyone: an error of a SQLSTATE. "": it hangs up, "silence": it says nothing.
func says(t *testing.T, code string) (url string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			if code == "silence" {
				defer conn.Close()
				continue
			}
			answer(conn, code)
		}
	}()
	t.Cleanup(func() { l.Close(); <-done })
	return pgtest.URL(l.Addr().String(), "any") + "&connect_timeout=1"
}

func answer(conn net.Conn, code string) {
	defer conn.Close()
	backend := pgproto3.NewBackend(conn, conn)
	if _, err := backend.ReceiveStartupMessage(); err == nil && code != "" {
		backend.Send(&pgproto3.ErrorResponse{Severity: "FATAL", Code: code, Message: "no"})
		_ = backend.Flush()
		_, _ = io.Copy(io.Discard, conn)
	}
}

// TestUnreachable tells servers that may be back from those that somebody must do something about.
func TestUnreachable(t *testing.T) {
	frozen := private(t)
	ask(t, frozen, "postgres", "CREATE DATABASE frozen", "ALTER DATABASE frozen SET default_transaction_read_only = on",
		"CREATE DATABASE crowded", "CREATE DATABASE notes", "CREATE USER many", "ALTER USER many CONNECTION LIMIT 0")
	ask(t, frozen, "notes", "CREATE TABLE notes (text TEXT)")
	away := map[string]string{
		"nobody listens": pgtest.URL(unused(t), "any"), "no such host": "postgres://u@walletwatch.invalid/any",
		"hangs up": says(t, ""), "silent": says(t, "silence"),
		"starts": says(t, "57P03"), "stops": says(t, "57P01"), "crashes": says(t, "57P02"), "full": says(t, "53300"), "a standby": says(t, "25006"),
		"read-only": pgtest.URL(frozen.Address(), "frozen"), "read-only, as asked for": pgtest.URL(frozen.Address(), "frozen") + "&target_session_attrs=read-write",
		"crowded": as("many", "", frozen, "crowded"),
		"two":     "postgres://" + pgtest.Superuser + "@" + unused(t) + "," + frozen.Address() + "/frozen?sslmode=disable",
	}
	wrong := map[string]string{
		"the password": says(t, "28P01"), "pg_hba.conf": says(t, "28000"), "no database": says(t, "3D000"), "no rights": says(t, "42501"), "a full disk": says(t, "53100"),
		"no TLS": strings.Replace(pgtest.URL(frozen.Address(), "frozen"), "disable", "require", 1), "another program's": pgtest.URL(frozen.Address(), "notes"),
		"no URL": "postgres://u@%zz/", "no database of ours": "mysql://u@host/db", "a file": "sqlite://" + filepath.Join(t.TempDir(), "missing", "w.db"),
	}
	for _, servers := range []map[string]string{away, wrong} {
		for name, url := range servers {
			t.Run(name, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
				defer cancel()
				s, err := store.Open(ctx, url)
				if err == nil {
					s.Close()
					t.Fatal("it was opened")
				}
				_, want := away[name]
				if store.Unreachable(err) != want || store.Unreachable(fmt.Errorf("opening: %w", err)) != want {
					t.Errorf("it is unreachable: %v, want %v, when %v", !want, want, err)
				}
				if strings.Count(err.Error(), "\n") > 0 || strings.Count(err.Error(), "the server") > 2 {
					t.Errorf("that is no sentence: %v", err)
				}
			})
		}
	}
	if store.Unreachable(nil) {
		t.Error("what is no error is unreachable")
	}
}
