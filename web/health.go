package web

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"io"
	"net/http"
	"strings"
	"time"

	"walletwatch/problem"
	"walletwatch/secret"
)

// storePatience is how long a readiness check waits for the store: well inside the usual probe period of 10 s.
const storePatience = 2 * time.Second

func (s *Server) alive(w http.ResponseWriter, _ *http.Request) error {
	return plain(w, "walletwatch is serving.\n")
}

// ready answers 200 when the store can be reached and the first poll of every account has finished, well or badly.
func (s *Server) ready(w http.ResponseWriter, r *http.Request) error {
	if err := s.storeHealth(r.Context()); err != nil {
		s.logger.WarnContext(r.Context(), "the store cannot be reached", "error", err)
		return problem.Unavailable("STORE_UNREACHABLE", "The store cannot be reached; the log says why.")
	}
	accounts := s.source.Snapshot().Accounts
	if len(accounts) == 0 {
		return problem.Unavailable("NOT_READY", "Waiting for the accounts to be loaded.")
	}
	var awaited []string
	for _, a := range accounts {
		if !a.Polled {
			awaited = append(awaited, a.Name)
		}
	}
	if len(awaited) > 0 {
		return problem.Unavailable("NOT_READY", "Waiting for the first poll of "+strings.Join(awaited, ", ")+" to finish.")
	}
	return plain(w, "walletwatch is ready.\n")
}

func (s *Server) storeHealth(ctx context.Context) error {
	if s.healthy == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, storePatience)
	defer cancel()
	return s.healthy(ctx)
}

// reloadPolicy reads thresholds.yaml again for whoever knows the admin token.
func (s *Server) reloadPolicy(w http.ResponseWriter, r *http.Request) error {
	token, err := s.admin.Reveal()
	if err != nil {
		s.logger.ErrorContext(r.Context(), "the admin token cannot be read", "error", err)
		return problem.Unavailable("TOKEN_UNREADABLE", "The admin token cannot be read; the log says why.")
	}
	if !bears(r, token) {
		w.Header().Set("WWW-Authenticate", "Bearer")
		return problem.Unauthorized("Reloading needs the admin token: send it as Authorization: Bearer.")
	}
	if err := s.reload(r.Context()); err != nil {
		return &problem.Problem{Status: http.StatusBadRequest, Code: "INVALID_CONFIGURATION", Message: err.Error()}
	}
	return plain(w, "The thresholds were reloaded.\n")
}

// bears reports whether a request carries token, in a time that does not depend on how much of it is right. Every
// Authorization header is looked at: behind a web config file with users the first one holds their password.
func bears(r *http.Request, token string) bool {
	want, found := sha256.Sum256([]byte(token)), 0
	for _, given := range secret.Bearers(r.Header) {
		got := sha256.Sum256([]byte(given))
		found |= subtle.ConstantTimeCompare(got[:], want[:])
	}
	return found == 1 && token != ""
}

func plain(w http.ResponseWriter, text string) error {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = io.WriteString(w, text)
	return nil
}
