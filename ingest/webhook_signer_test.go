package ingest_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"walletwatch/ingest"
	"walletwatch/octopus"
	"walletwatch/secret"
)

func TestWebhookOfSeveralAccounts(t *testing.T) {
	k := newHookKit(t, func(k *hookKit) {
		k.Accounts = []ingest.Account{
			{Name: "one", WebhookSecret: secret.Literal("alpha shared")},
			{Name: "two", WebhookSecret: secret.Literal("beta shared")},
			{Name: "silent"},
		}
	})
	tests := []struct {
		path, secret string
		status       int
		account      string
	}{
		{"", "alpha", 200, "one"},
		{"", "beta", 200, "two"},
		{"", "shared", 400, ""},
		{"/one", "shared", 200, "one"},
		{"/two", "shared", 200, "two"},
		{"/one", "beta", 401, ""},
		{"/two", "alpha", 401, ""},
		{"/silent", "alpha", 404, ""},
		{"/silent", "", 404, ""},
		{"", "", 401, ""},
	}
	for i, test := range tests {
		body := fmt.Sprintf(`{"id":"evt_%d","type":"wallet.debited"}`, i)
		r := k.signed(hookPath+test.path, body)
		r.Header.Set("X-Signature", octopus.Sign(test.secret, []byte(body)))
		before := len(k.ledger.recorded())
		w := k.answer(r)
		if w.Code != test.status || w.Code == 400 && !strings.Contains(w.Body.String(), "/webhooks/octopus/{account}") {
			t.Errorf("%s signed with %s is answered %d %s", r.URL, test.secret, w.Code, w.Body)
		}
		if test.account != "" && (len(k.ledger.recorded()) != before+1 || k.ledger.from[before] != test.account) {
			t.Errorf("%s signed with %s is recorded of %v", r.URL, test.secret, k.ledger.from[before:])
		}
	}
}

// TestUnreadableSecretIsItsAccountsTrouble: the others go on, and what may be its own is not refused for good.
func TestUnreadableSecretIsItsAccountsTrouble(t *testing.T) {
	k := newHookKit(t, func(k *hookKit) {
		k.Accounts = []ingest.Account{
			{Name: "one", WebhookSecret: secret.File(filepath.Join(t.TempDir(), "missing"))},
			{Name: "two", WebhookSecret: secret.Literal(hookSecret)},
			{Name: "three", WebhookSecret: secret.File(filepath.Join(t.TempDir(), "missing"))},
		}
	})
	for i, test := range []struct {
		path, secret, code string
		status             int
	}{
		{"", hookSecret, "no envelope", 200},
		{"/two", hookSecret, "no envelope", 200},
		{"", "alpha", "SECRET_UNREADABLE", 503},
		{"/one", "alpha", "SECRET_UNREADABLE", 503},
		{"/two", "alpha", "UNAUTHORIZED", 401},
	} {
		body := fmt.Sprintf(`{"id":"evt_%d","type":"wallet.debited"}`, i)
		r := k.signed(hookPath+test.path, body)
		r.Header.Set("X-Signature", octopus.Sign(test.secret, []byte(body)))
		if w := k.answer(r); w.Code != test.status || errorCode(w.Body.Bytes()) != test.code {
			t.Errorf("%s signed with %s is answered %d %s", r.URL, test.secret, w.Code, w.Body)
		}
	}
	if got := k.ledger.from; len(got) != 2 || got[0] != "two" || got[1] != "two" {
		t.Errorf("recorded are events of %v", got)
	}
}

func TestWebhookWithoutSecrets(t *testing.T) {
	k := newHookKit(t, func(k *hookKit) { k.Accounts = []ingest.Account{{Name: "default"}} })
	for _, path := range []string{hookPath, hookPath + "/default"} {
		r := k.signed(path, debited)
		r.Header.Set("X-Signature", octopus.Sign("", []byte(debited)))
		if w := k.answer(r); w.Code != 404 || errorCode(w.Body.Bytes()) != "NOT_FOUND" {
			t.Errorf("%s is answered %d %s", path, w.Code, w.Body)
		}
	}
}

// TestWebhookSecretIsRotated replaces the secret in its file: new first, then new and old, then only new.
func TestWebhookSecretIsRotated(t *testing.T) {
	file := filepath.Join(t.TempDir(), "secret")
	k := newHookKit(t, func(k *hookKit) {
		k.Accounts[0].WebhookSecret = secret.File(file)
	})
	n := 0
	try := func(key string) int {
		n++
		body := fmt.Sprintf(`{"id":"evt_%d","type":"wallet.debited"}`, n)
		r := k.signed(hookPath, body)
		r.Header.Set("X-Signature", octopus.Sign(key, []byte(body)))
		return k.answer(r).Code
	}
	for _, step := range []struct {
		content  string
		old, new int
	}{
		{"old\n", 200, 401}, {"new\nold\n", 200, 200}, {"new\n", 401, 200}, {"", 503, 503}, {"new", 401, 200},
	} {
		if err := os.WriteFile(file, []byte(step.content), 0o600); err != nil {
			t.Fatal(err)
		}
		k.clock = k.clock.Add(time.Second)
		if was, is := try("old"), try("new"); was != step.old || is != step.new {
			t.Errorf("with %q in the file, the old secret is answered %d and the new one %d", step.content, was, is)
		}
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	k.clock = k.clock.Add(time.Second)
	w := k.send(debited)
	if w.Code != 503 || w.Header().Get("Retry-After") != "5" || errorCode(w.Body.Bytes()) != "SECRET_UNREADABLE" || strings.Contains(w.Body.String(), file) {
		t.Errorf("without the file the answer is %d %s", w.Code, w.Body)
	}
}
