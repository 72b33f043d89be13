package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"

	"walletwatch/octopus/octopustest"
)

// sim is a running program.
type sim struct {
	t     *testing.T
	base  string
	lines []string // what it printed before and with its address
	token string
}

// started runs the program inside the test and stops it at the end, when it must exit with 0.
func started(t *testing.T, args ...string) *sim {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	out, in := io.Pipe()
	status := make(chan int, 1)
	var errs bytes.Buffer
	go func() {
		status <- run(ctx, append([]string{"--listen", "127.0.0.1:0"}, args...), os.Getenv, in, &errs)
		in.Close()
	}()
	s := &sim{t: t}
	s.awaitAddress(bufio.NewScanner(out))
	go func() { _, _ = io.Copy(io.Discard, out) }()
	t.Cleanup(func() {
		cancel()
		if got := <-status; got != exitFine {
			t.Errorf("exit status %d: %s", got, errs.String())
		}
	})
	return s
}

func (s *sim) awaitAddress(lines *bufio.Scanner) {
	s.t.Helper()
	for lines.Scan() {
		s.lines = append(s.lines, lines.Text())
		if base, ok := strings.CutPrefix(strings.TrimSpace(lines.Text()), "export OCTOPUS_BASE_URL="); ok {
			s.base = base
		}
		if strings.Contains(lines.Text(), "#1 ") {
			return
		}
	}
	s.t.Fatalf("it ended after printing:\n%s", strings.Join(s.lines, "\n"))
}

func (s *sim) call(method, path, body string, header ...string) (int, http.Header, string) {
	s.t.Helper()
	req, err := http.NewRequestWithContext(s.t.Context(), method, s.base+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+s.token)
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return resp.StatusCode, resp.Header, string(b)
}

func (s *sim) login() {
	s.t.Helper()
	body := fmt.Sprintf(`{"username":%q,"password":%q}`, octopustest.DemoKey, octopustest.DemoSecret)
	_, _, answer := s.call("POST", "/auth/login", body)
	var reply struct {
		Data struct {
			AccessToken string `json:"access_token"`
		}
	}
	if err := json.Unmarshal([]byte(answer), &reply); err != nil || reply.Data.AccessToken == "" {
		s.t.Fatalf("login: %v: %s", err, answer)
	}
	s.token = reply.Data.AccessToken
}
