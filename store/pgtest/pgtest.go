// Package pgtest runs PostgreSQL servers of its own for tests: Debian's binaries, a data directory that goes with the
// test, loopback only. A machine without PostgreSQL fails the tests with a sentence that names the package.
package pgtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
)

// Server is a running PostgreSQL server. It is safe for concurrent use, but for Start and Stop.
type Server struct {
	bin       string // of its programs
	dir       string // holds everything that is its own
	port      int
	settings  []string
	account   *syscall.Credential // whom it runs as; nil: us
	process   *exec.Cmd
	lifeline  io.Closer // the server ends when it is closed, also by the death of this process
	log       *bytes.Buffer
	databases atomic.Int64
}

// Superuser is the server's user. It needs no password.
const Superuser = "walletwatch"

// Start makes a cluster and starts its server. settings are such as "fsync=off". Its text sorts as people expect it to, not byte
// by byte, as that of most servers does.
func Start(settings ...string) (*Server, error) {
	bin, err := programs()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "pgtest")
	if err != nil {
		return nil, err
	}
	s := &Server{bin: bin, dir: dir, settings: settings}
	if err := s.create(); err != nil {
		os.RemoveAll(dir)
		return nil, fmt.Errorf("making a PostgreSQL cluster: %w", err)
	}
	if err := s.Start(); err != nil {
		os.RemoveAll(dir)
		return nil, err
	}
	return s, nil
}

// programs returns the folder of PostgreSQL's programs, which Debian keeps off the PATH.
func programs() (string, error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/postgres")
	if err != nil {
		return "", err
	}
	slices.Sort(found)
	if len(found) > 0 {
		return filepath.Dir(found[len(found)-1]), nil
	}
	path, err := exec.LookPath("postgres")
	if err != nil {
		return "", errors.New("PostgreSQL's server is not installed: install the Debian package postgresql (\"make needs\" does, as root)")
	}
	return filepath.Dir(path), nil
}

// create makes the cluster, as another user when we are root, whom PostgreSQL refuses to serve.
func (s *Server) create() error {
	if os.Getuid() == 0 {
		account, err := unprivileged()
		if err != nil {
			return err
		}
		s.account = account
		if err := os.Chown(s.dir, int(account.Uid), int(account.Gid)); err != nil {
			return err
		}
	}
	initdb := s.command(context.Background(), "initdb", "--pgdata", s.data(), "--username", Superuser, "--auth", "trust", "--encoding", "UTF8",
		"--locale", "C.UTF-8", "--locale-provider", "icu", "--icu-locale", "en-US", "--no-sync")
	if out, err := initdb.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w: %s", err, out)
	}
	return nil
}

func unprivileged() (*syscall.Credential, error) {
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, _ := strconv.ParseUint(u.Uid, 10, 32)
		gid, _ := strconv.ParseUint(u.Gid, 10, 32)
		return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
	}
	return nil, errors.New("PostgreSQL does not run as root, and there is neither a user postgres nor nobody")
}

// Folder is where the server keeps everything. What is put there goes with it, and its programs can read it.
func (s *Server) Folder() string { return s.dir }

func (s *Server) data() string { return filepath.Join(s.dir, "data") }

func (s *Server) command(ctx context.Context, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, filepath.Join(s.bin, name), args...)
	return s.own(cmd)
}

func (s *Server) own(cmd *exec.Cmd) *exec.Cmd {
	cmd.Dir = s.dir
	if s.account != nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: s.account}
	}
	return cmd
}

// guarded runs a server until its own input ends, and then stops it without waiting for clients.
const guarded = `"$@" & pid=$!; read _ ; kill -INT $pid 2>/dev/null; wait $pid`

// Start starts the server again after Stop, at the same address and with the same data.
func (s *Server) Start() error {
	var err error
	for range 5 { // another program may take the port first
		if s.port == 0 {
			if s.port, err = freePort(); err != nil {
				return err
			}
		}
		if err = s.launch(); err == nil {
			return nil
		}
	}
	return fmt.Errorf("starting PostgreSQL: %w: %s", err, s.log.String())
}

func (s *Server) launch() error {
	args := []string{"-c", guarded, "sh", filepath.Join(s.bin, "postgres"), "-D", s.data(), "-p", strconv.Itoa(s.port), "-k", s.dir, "-c", "listen_addresses=127.0.0.1"}
	for _, setting := range s.settings {
		args = append(args, "-c", setting)
	}
	s.log = &bytes.Buffer{}
	s.process = s.own(exec.Command("/bin/sh", args...))
	s.process.Stdout, s.process.Stderr = s.log, s.log
	var err error
	if s.lifeline, err = s.process.StdinPipe(); err != nil {
		return err
	}
	if err := s.process.Start(); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	for ctx.Err() == nil {
		if s.command(ctx, "pg_isready", "-q", "-h", "127.0.0.1", "-p", strconv.Itoa(s.port), "-U", Superuser, "-d", "postgres").Run() == nil {
			return nil
		}
		select {
		case <-ctx.Done():
		case <-time.After(20 * time.Millisecond):
		}
	}
	return errors.Join(errors.New("it did not answer within 20 s"), s.Stop())
}

// Stop stops the server: what clients have committed is kept, their connections end.
func (s *Server) Stop() error {
	if s.process == nil {
		return nil
	}
	err := s.lifeline.Close()
	s.process.Wait() // the exit status of a server that was interrupted says nothing
	s.process = nil
	return err
}

// Close stops the server and deletes it.
func (s *Server) Close() error { return errors.Join(s.Stop(), os.RemoveAll(s.dir)) }

// Address is where the server listens.
func (s *Server) Address() string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(s.port)) }

// Create makes a new, empty database and returns its name.
func (s *Server) Create() (string, error) {
	name := fmt.Sprintf("test%d", s.databases.Add(1))
	if err := s.Ask("postgres", "CREATE DATABASE "+name); err != nil {
		return "", err
	}
	return name, nil
}

// URL returns the URL of a database by way of an address: the server's own, or that of something between.
func URL(address, database string) string {
	return "postgres://" + Superuser + "@" + address + "/" + database + "?sslmode=disable"
}

// Ask runs a statement with the server's own client.
func (s *Server) Ask(database, statement string) error {
	_, err := s.Run("psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", database, "-c", statement)
	return err
}

// Run runs one of PostgreSQL's programs against the server, as the superuser, and returns what it printed.
func (s *Server) Run(program string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	cmd := s.command(ctx, program, append([]string{"-h", "127.0.0.1", "-p", strconv.Itoa(s.port), "-U", Superuser}, args...)...)
	var out, complaint strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &complaint
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("%s: %w: %s", program, err, complaint.String())
	}
	return out.String(), nil
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}
