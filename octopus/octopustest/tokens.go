package octopustest

import (
	"crypto/rand"
	"maps"
	"sync"
	"time"
)

const clientID = 42

// tokens is what the API knows of its one client: credentials and the tokens handed out.
type tokens struct {
	accessTTL, refreshTTL time.Duration

	mu          sync.Mutex
	key, secret string
	access      map[string]time.Time // token → when it expires
	refresh     map[string]time.Time
}

func newTokens(cfg Config) *tokens {
	return &tokens{
		accessTTL: cfg.AccessTTL, refreshTTL: cfg.RefreshTTL,
		key: cfg.Key, secret: cfg.Secret,
		access: map[string]time.Time{}, refresh: map[string]time.Time{},
	}
}

func (t *tokens) login(key, secret string, now time.Time) (tokenPair, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if key != t.key || secret != t.secret {
		return tokenPair{}, false
	}
	return t.issue(now), true
}

// rotate trades a refresh token for a new pair. The old one is worthless afterwards; access tokens handed out
// earlier live on until they expire (the vendor does not say).
func (t *tokens) rotate(refresh string, now time.Time) (tokenPair, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	expires, known := t.refresh[refresh]
	delete(t.refresh, refresh)
	if !known || !now.Before(expires) {
		return tokenPair{}, false
	}
	return t.issue(now), true
}

func (t *tokens) issue(now time.Time) tokenPair {
	expired := func(_ string, expires time.Time) bool { return !now.Before(expires) }
	maps.DeleteFunc(t.access, expired)
	maps.DeleteFunc(t.refresh, expired)

	access, refresh := "sim-access-"+rand.Text(), "sim-refresh-"+rand.Text()
	t.access[access] = now.Add(t.accessTTL)
	t.refresh[refresh] = now.Add(t.refreshTTL)
	return tokenPair{
		AccessToken: access, AccessExpiresAt: rfc3339(t.access[access]),
		RefreshToken: refresh, RefreshExpiresAt: rfc3339(t.refresh[refresh]),
		ClientID: clientID,
	}
}

func (t *tokens) check(authorization string, now time.Time) *apiError {
	token := bearer(authorization)
	if token == "" {
		return unauthorized("TOKEN_MISSING", "No access token was sent")
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	expires, known := t.access[token]
	switch {
	case !known:
		return unauthorized("TOKEN_INVALID", "The access token is not valid")
	case !now.Before(expires):
		return unauthorized("TOKEN_EXPIRED", "The access token has expired")
	}
	return nil
}

func (t *tokens) revoke() {
	t.mu.Lock()
	defer t.mu.Unlock()
	clear(t.access)
	clear(t.refresh)
}

func (t *tokens) revokeAccess() {
	t.mu.Lock()
	defer t.mu.Unlock()
	clear(t.access)
}

func (t *tokens) setCredentials(key, secret string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.key, t.secret = key, secret
}
