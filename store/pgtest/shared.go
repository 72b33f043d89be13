package pgtest

import (
	"fmt"
	"os"
	"sync"
	"testing"
)

// Shared is one server for all tests of a process, started when the first of them needs it. The zero value is ready;
// Run ends it.
type Shared struct {
	once   sync.Once
	server *Server
	err    error
}

// Run runs the tests of a process and ends the server. Call it from TestMain.
func (s *Shared) Run(m *testing.M) int {
	status := m.Run()
	if s.server == nil {
		return status
	}
	if err := s.server.Close(); err != nil {
		fmt.Fprintln(os.Stderr, "ending PostgreSQL:", err)
		return 1
	}
	return status
}

// Server returns the server. It does not force commits to the disk: nobody pulls the plug in these tests.
func (s *Shared) Server(t testing.TB) *Server {
	t.Helper()
	s.once.Do(func() { s.server, s.err = Start("fsync=off", "max_connections=200") })
	if s.err != nil {
		t.Fatal(s.err)
	}
	return s.server
}

// URL returns the URL of a new, empty database.
func (s *Shared) URL(t testing.TB) string {
	t.Helper()
	server := s.Server(t)
	name, err := server.Create()
	if err != nil {
		t.Fatal(err)
	}
	return URL(server.Address(), name)
}
