package web_test

import (
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"walletwatch/secret"
	"walletwatch/wallet"
	"walletwatch/web"
)

func TestHealthyWhateverTheStoreDoes(t *testing.T) {
	h := newServer(t, web.Config{Healthy: func(context.Context) error { return errors.New("gone") }})
	if w := do(h, "GET", "/-/healthy"); w.Code != http.StatusOK {
		t.Errorf("status %d", w.Code)
	}
}

func TestReady(t *testing.T) {
	var storeErr error
	v := newView()
	h := newServer(t, web.Config{Source: v, Healthy: func(context.Context) error { return storeErr }})
	accounts := v.snapshot.Accounts
	steps := []struct {
		name     string
		prepare  func()
		status   int
		awaiting string
	}{
		{"all polled", func() {}, 200, ""},
		{"one not polled", func() { accounts[1].Polled = false }, 503, "first poll of production to finish"},
		{"none polled", func() { accounts[0].Polled = false }, 503, "first poll of sandbox, production to finish"},
		{"no accounts", func() { v.snapshot = &wallet.Snapshot{} }, 503, "accounts to be loaded"},
		{"store gone", func() { storeErr = errors.New("postgres://user:canary@db refused") }, 503, "store cannot be reached"},
	}
	for _, step := range steps {
		step.prepare()
		w := do(h, "GET", "/-/ready")
		if step.status == http.StatusOK {
			if w.Code != http.StatusOK {
				t.Errorf("%s: status %d", step.name, w.Code)
			}
			continue
		}
		e := envelope(t, w, step.status)
		if e.Name != "ServiceUnavailableError" || !strings.Contains(e.Message, step.awaiting) || strings.Contains(e.Message, "canary") {
			t.Errorf("%s: %+v", step.name, e)
		}
	}
}

func TestReadyWaitsTwoSecondsForTheStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newServer(t, web.Config{Healthy: func(ctx context.Context) error {
			<-ctx.Done()
			return ctx.Err()
		}})
		start := time.Now()
		envelope(t, do(h, "GET", "/-/ready"), http.StatusServiceUnavailable)
		if waited := time.Since(start); waited != 2*time.Second {
			t.Errorf("waited %v", waited)
		}
	})
}

func TestReload(t *testing.T) {
	var outcome error
	calls := 0
	h := newServer(t, web.Config{AdminToken: secret.Literal("s3cret"), Reload: func(context.Context) error {
		calls++
		return outcome
	}})
	if w := do(h, "POST", "/-/reload", "Authorization", "bearer s3cret"); w.Code != http.StatusOK || calls != 1 {
		t.Errorf("status %d, %d calls: %s", w.Code, calls, w.Body)
	}
	if w := do(h, "POST", "/-/reload", "Authorization", "Basic dXNlcjpwYXNz", "Authorization", "Bearer s3cret"); w.Code != http.StatusOK || calls != 2 {
		t.Errorf("behind basic auth: status %d, %d calls", w.Code, calls)
	}
	outcome = errors.New("thresholds.yaml:3:1: unknown key \"lvels\"\nthresholds.yaml:9:4: a floor must be positive")
	e := envelope(t, do(h, "POST", "/-/reload", "Authorization", "Bearer s3cret"), http.StatusBadRequest)
	if e.Name != "BadRequestError" || e.Message != outcome.Error() {
		t.Errorf("%+v", e)
	}
	if w := do(h, "GET", "/-/reload"); w.Code != http.StatusMethodNotAllowed || w.Header().Get("Allow") != "POST" {
		t.Errorf("GET: %d, Allow %q", w.Code, w.Header().Get("Allow"))
	}
}

func TestReloadNeedsTheToken(t *testing.T) {
	h := newServer(t, web.Config{AdminToken: secret.Literal("s3cret"), Reload: func(context.Context) error {
		t.Error("reloaded without the token")
		return nil
	}})
	for _, header := range []string{"", "s3cret", "Bearer", "Bearer ", "Bearer S3cret", "Bearer s3cre", "Bearer s3crett", "Basic s3cret"} {
		w := do(h, "POST", "/-/reload", "Authorization", header)
		if e := envelope(t, w, http.StatusUnauthorized); e.Name != "UnauthorizedError" || strings.Contains(e.Message, "s3cret") {
			t.Errorf("%q: %+v", header, e)
		}
		if w.Header().Get("WWW-Authenticate") != "Bearer" {
			t.Errorf("%q: WWW-Authenticate %q", header, w.Header().Get("WWW-Authenticate"))
		}
	}
}

func TestReloadTokenFileRotates(t *testing.T) {
	path := filepath.Join(t.TempDir(), "token")
	h := newServer(t, web.Config{AdminToken: secret.File(path), Reload: func(context.Context) error { return nil }})
	reload := func(token string) int {
		return do(h, "POST", "/-/reload", "Authorization", "Bearer "+token).Code
	}
	if got := reload("first"); got != http.StatusServiceUnavailable {
		t.Errorf("without the file: %d", got)
	}
	for _, token := range []string{"first", "second"} {
		if err := os.WriteFile(path, []byte(token+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := reload(token); got != http.StatusOK {
			t.Errorf("%s: %d", token, got)
		}
	}
	if got := reload("first"); got != http.StatusUnauthorized {
		t.Errorf("the old token: %d", got)
	}
}

func TestNewRefusesWhatCannotWork(t *testing.T) {
	for name, c := range map[string]web.Config{
		"no source":    {},
		"relative URL": {Source: newView(), ExternalURL: "watch.example.com"},
		"script URL":   {Source: newView(), ExternalURL: "javascript://alert"},
	} {
		if _, err := web.New(c); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
