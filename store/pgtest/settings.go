package pgtest

import (
	"fmt"
	"os"
	"path/filepath"
)

// Set changes a setting of a running server, as an administrator does. "" takes it back.
func (s *Server) Set(name, value string) error {
	change := fmt.Sprintf("ALTER SYSTEM SET %s = '%s'", name, value)
	if value == "" {
		change = "ALTER SYSTEM RESET " + name
	}
	if err := s.Ask("postgres", change); err != nil {
		return err
	}
	return s.reload()
}

// RequirePassword makes the server ask a user for the password.
func (s *Server) RequirePassword(user string) error {
	path := filepath.Join(s.data(), "pg_hba.conf")
	rules, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	rule := fmt.Sprintf("host all %s 127.0.0.1/32 scram-sha-256\n", user) // the first that fits counts
	if err := os.WriteFile(path, append([]byte(rule), rules...), 0o600); err != nil {
		return err
	}
	return s.reload()
}

func (s *Server) reload() error { return s.Ask("postgres", "SELECT pg_reload_conf()") }
