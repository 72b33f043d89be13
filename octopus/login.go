package octopus

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

const (
	routeLogin   = "/auth/login"
	routeRefresh = "/auth/refresh"

	// refusalPause keeps many callers from spending the login quota on credentials that were just refused. It is
	// shorter than the shortest regular poll interval, so that every poll tries.
	refusalPause = 30 * time.Second
)

// renew is the renewal that tokens asks for. A refresh token is sent once: when its answer is lost, nobody can
// know whether it was spent, so a login follows any failure.
func (c *Client) renew(ctx context.Context, refresh string, urgent bool) (session, error) {
	if refresh != "" {
		s, err := c.authenticate(ctx, routeRefresh, map[string]string{"refresh_token": refresh}, 1, c.refreshes)
		if err == nil || ctx.Err() != nil {
			return s, err
		}
		c.log.Warn("refreshing the access token failed; logging in anew", "error", err)
	}
	tries := uint(1)
	if urgent {
		tries = maxTries
	}
	s, err := c.login(ctx, tries)
	s.fromLogin = true
	return s, err
}

func (c *Client) login(ctx context.Context, tries uint) (session, error) {
	key, err := c.key.Reveal()
	if err != nil {
		return session{}, fmt.Errorf("reading the API key: %w", err)
	}
	secret, err := c.secret.Reveal()
	if err != nil {
		return session{}, fmt.Errorf("reading the API secret: %w", err)
	}
	c.scrub.addCredentials(key, secret)
	if err := c.refused.recall(key, secret, c.now()); err != nil {
		return session{}, err
	}
	s, err := c.authenticate(ctx, routeLogin, map[string]string{"username": key, "password": secret}, tries, c.logins)
	if e, ok := errors.AsType[*Error](err); ok && (e.Status == http.StatusUnauthorized || e.Status == http.StatusForbidden) {
		c.refused.remember(key, secret, c.now().Add(refusalPause), err)
	}
	return s, err
}

func (c *Client) authenticate(ctx context.Context, route string, fields map[string]string, tries uint, l *rate.Limiter) (session, error) {
	body, err := json.Marshal(fields)
	if err != nil {
		return session{}, fmt.Errorf("%s: writing the request: %w", route, err)
	}
	var s session
	_, err = c.do(ctx, &call{
		method: http.MethodPost, route: route, body: body, tries: tries, limiter: l, public: true,
		decode: func(body []byte) (err error) {
			s, err = decodeSession(body, c.now())
			c.scrub.addTokens(s.access, s.refresh)
			return err
		},
	})
	if err != nil {
		return session{}, err
	}
	c.log.Debug("got an access token", "route", route, "expires", s.expires)
	return s, nil
}

// refusal remembers which credentials were refused, as a digest.
type refusal struct {
	mu    sync.Mutex
	which [sha256.Size]byte
	until time.Time
	err   error
}

func (r *refusal) remember(key, secret string, until time.Time, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.which, r.until, r.err = digest(key, secret), until, err
}

// recall returns the error these credentials were refused with, if that was a moment ago.
func (r *refusal) recall(key, secret string, now time.Time) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err == nil || !now.Before(r.until) || r.which != digest(key, secret) {
		return nil
	}
	return r.err
}

func digest(key, secret string) [sha256.Size]byte {
	return sha256.Sum256(fmt.Appendf(nil, "%d:%s%s", len(key), key, secret))
}
