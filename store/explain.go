package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// The SQLSTATEs that somebody can do something about: PostgreSQL's documentation, appendix A.
const (
	readOnlyTransaction  = "25006"
	invalidPassword      = "28P01"
	invalidAuthorization = "28000"
	unknownDatabase      = "3D000"
	insufficientRights   = "42501"
	diskFull             = "53100"
	tooManyConnections   = "53300"
	adminShutdown        = "57P01"
	crashShutdown        = "57P02"
	cannotConnectNow     = "57P03" // it starts or stops
)

// errReadOnly is what is wrong with a server that is only read.
var errReadOnly = errors.New("it is read-only")

// explainPostgres says what a person can do about a server that cannot be used. What is explained already stays as it is.
func explainPostgres(err error) error {
	var before explained
	if err == nil || errors.As(err, &before) {
		return err
	}
	var failed *pgconn.ConnectError
	connecting := errors.As(err, &failed)
	var e *pgconn.PgError
	if errors.As(err, &e) {
		if text := advice(e.Code); text != "" {
			return explained{fmt.Sprintf("%s (SQLSTATE %s)", text, e.Code), e}
		}
	}
	switch {
	case connecting && errors.Is(err, errReadOnly):
		return unusable(advice(readOnlyTransaction), failed.Unwrap())
	case connecting:
		return unusable("the server cannot be reached: its host, port and TLS settings are in the URL", failed.Unwrap())
	}
	if e == nil && broken(err) {
		return unusable("the connection to the server was lost", err)
	}
	return err
}

func advice(code string) string {
	return map[string]string{
		readOnlyTransaction:  "the server takes no writes: give the address of the primary",
		invalidPassword:      "the server rejects the user or the password in the URL",
		invalidAuthorization: "the server does not let this user in: see its pg_hba.conf",
		unknownDatabase:      "there is no such database: create it first (createdb walletwatch)",
		insufficientRights:   "the user may not do this: it needs CREATE and USAGE on its schema, and must own its tables",
		diskFull:             "the server's disk is full",
		tooManyConnections:   "the server has no connection left: each replica uses up to 8",
	}[code]
}

// explained is an error in words for people.
type explained struct {
	text  string
	cause error
}

func (e explained) Error() string { return e.text }
func (e explained) Unwrap() error { return e.cause }

// unusable explains in one line why no server could be connected to. The driver has one for every address and way of
// connecting that it tried.
func unusable(what string, cause error) error {
	var causes []string
	for line := range strings.Lines(cause.Error()) {
		if line = strings.TrimSpace(line); !slices.Contains(causes, line) {
			causes = append(causes, line)
		}
	}
	return explained{what + " (" + strings.Join(causes, "; ") + ")", cause}
}

// Unreachable reports whether an error of this package says that a server is away, starts, stops, takes no writes or
// has no connection left: what can pass without anybody changing anything here. A file is never unreachable.
func Unreachable(err error) bool {
	var e *pgconn.PgError
	if errors.As(err, &e) {
		return slices.Contains([]string{readOnlyTransaction, tooManyConnections, adminShutdown, crashShutdown, cannotConnectNow}, e.Code)
	}
	var name *net.DNSError
	var network *net.OpError
	if errors.As(err, &network) && strings.HasSuffix(network.Op, " error") { // the word of crypto/tls for an alert
		return false
	}
	return errors.Is(err, errReadOnly) || errors.Is(err, context.DeadlineExceeded) || errors.As(err, &name) || broken(err)
}

// lost reports an error that every connection may meet once: the server has stopped to take writes, as a primary does
// that became a standby, it has ended its sessions, or it is gone, with or without a word.
func lost(err error) bool {
	var e *pgconn.PgError
	if errors.As(err, &e) {
		return slices.Contains([]string{readOnlyTransaction, adminShutdown, crashShutdown}, e.Code)
	}
	if failed, connecting := errors.AsType[*pgconn.ConnectError](err); connecting && !errors.Is(failed, errReadOnly) {
		return false // it says nothing about the connections there are
	}
	return broken(err) || errors.Is(err, context.DeadlineExceeded)
}

// broken reports an error of a connection that has ended.
func broken(err error) bool {
	var network *net.OpError
	return errors.As(err, &network) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
}
