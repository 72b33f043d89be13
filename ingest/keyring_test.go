package ingest_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"walletwatch/ingest"
	"walletwatch/secret"
)

func writeToken(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestTokenRotation: two tokens are valid at once, a changed file counts within a second, and the file is not read
// for every request.
func TestTokenRotation(t *testing.T) {
	path, watch := filepath.Join(t.TempDir(), "token"), newClock()
	k := newOrderKit(t, func(c *ingest.Config) { c.Token, c.Now = secret.File(path), watch.now })
	expect := func(when string, status int, tokens ...string) {
		t.Helper()
		for _, token := range tokens {
			r := orderRequest(document, strings.NewReader(`{"id":1}`))
			r.Header.Set("Authorization", "Bearer "+token)
			if w := k.do(r); w.Code != status {
				t.Errorf("%s the token %s is answered with %d %s", when, token, w.Code, w.Body)
			}
		}
	}
	writeToken(t, path, "old\n")
	expect("at first", http.StatusAccepted, "old")
	expect("at first", http.StatusUnauthorized, "new", "ol", "old new")
	writeToken(t, path, "new\nold\n")
	watch.advance(999 * time.Millisecond)
	expect("before a second has passed", http.StatusUnauthorized, "new")
	watch.advance(time.Millisecond)
	expect("during rotation", http.StatusAccepted, "old", "new")
	writeToken(t, path, "new\n")
	watch.advance(time.Second)
	expect("after rotation", http.StatusUnauthorized, "old")
	expect("after rotation", http.StatusAccepted, "new")
}

// TestUnreadableToken: a secret that cannot be read is our fault, not the sender's.
func TestUnreadableToken(t *testing.T) {
	path, watch := filepath.Join(t.TempDir(), "token"), newClock()
	k := newOrderKit(t, func(c *ingest.Config) { c.Token, c.Now = secret.File(path), watch.now })
	for range 120 {
		w := k.post(document, strings.NewReader(`{"id":1}`))
		if w.Code != http.StatusServiceUnavailable || !strings.Contains(w.Body.String(), `"TOKEN_UNREADABLE"`) || w.Header().Get("Retry-After") != "5" {
			t.Fatalf("the answer is %d %s", w.Code, w.Body)
		}
		watch.advance(time.Second)
	}
	if n := strings.Count(k.logs.String(), "reading a secret failed"); n != 2 {
		t.Errorf("in two minutes it was logged %d times", n)
	}
	writeToken(t, path, ingestToken)
	expectAnswer(t, "once it is there", k.post(document, strings.NewReader(`{"id":1}`)), 202, `{"accepted":1,"ignored":0}`)
}
