package octopus

import (
	"context"
	"sync"
	"time"
)

// renewalPause is how long a renewal ahead of expiry that failed is not repeated.
const renewalPause = 30 * time.Second

// session is what a login or a refresh gave. It lives in memory only.
type session struct {
	token
	expires        time.Time
	renewAt        time.Time // ahead of expires
	refresh        string
	refreshExpires time.Time // zero: the server did not say
	confirmed      bool      // a request with the access token succeeded
}

type token struct {
	access    string
	fromLogin bool // rather than from a refresh
}

// tokens hands out the access token and sees that it is renewed in time, by one renewal at a time.
type tokens struct {
	now func() time.Time

	// renew refreshes or, with refresh "" or refused, logs in. Unless urgent it does not insist.
	renew func(ctx context.Context, refresh string, urgent bool) (session, error)

	mu      sync.Mutex
	session session
	flight  *flight // nil: no renewal is under way
}

// flight is a renewal that several callers may wait for. It ends early when all of them have left.
type flight struct {
	urgent  bool
	cancel  context.CancelFunc
	waiters int // guarded by tokens.mu

	done    chan struct{} // closed when session and err are set
	session session
	err     error
}

// get returns an access token that has not expired, renewing it first if that is due. A caller whose ctx ends
// leaves without disturbing the others.
func (t *tokens) get(ctx context.Context) (token, error) {
	for {
		t.mu.Lock()
		now := t.now()
		usable := t.session.access != "" && now.Before(t.session.expires)
		if usable && now.Before(t.session.renewAt) {
			defer t.mu.Unlock()
			return t.session.token, nil
		}
		f := t.join(ctx, !usable)
		t.mu.Unlock()

		select {
		case <-f.done:
		case <-ctx.Done():
			t.leave(f)
			return token{}, context.Cause(ctx)
		}
		if f.err == nil {
			return f.session.token, nil
		}
		if f.urgent {
			return token{}, f.err
		}
		// A renewal ahead of time failed. Either the old token is still good, or it is now urgent.
	}
}

// join returns the renewal under way or starts one. t.mu is held.
func (t *tokens) join(ctx context.Context, urgent bool) *flight {
	if t.flight != nil {
		t.flight.waiters++
		return t.flight
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	f := &flight{urgent: urgent, cancel: cancel, waiters: 1, done: make(chan struct{})}
	t.flight = f
	refresh := t.session.refresh
	if end := t.session.refreshExpires; !end.IsZero() && !t.now().Before(end) {
		refresh = ""
	}
	t.session.refresh = "" // it works once, whether or not the answer arrives
	go func() {
		defer cancel()
		s, err := t.renew(ctx, refresh, urgent)
		t.land(f, s, err)
	}()
	return f
}

func (t *tokens) leave(f *flight) {
	t.mu.Lock()
	defer t.mu.Unlock()
	f.waiters--
	if f.waiters > 0 {
		return
	}
	f.cancel()
	if t.flight == f {
		t.flight = nil
	}
}

func (t *tokens) land(f *flight, s session, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	f.session, f.err = s, err
	close(f.done)
	if t.flight != f {
		return // everybody left, and a later renewal may have begun
	}
	t.flight = nil
	if err != nil {
		t.session.renewAt = t.now().Add(renewalPause)
		return
	}
	t.session = s
}

// confirm notes that tok was accepted.
func (t *tokens) confirm(tok token) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.session.token == tok {
		t.session.confirmed = true
	}
}

// reject notes that tok was refused, so that get renews it: by a login when a renewal has already not helped, or
// when no token of this session ever worked.
func (t *tokens) reject(tok token, again bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.session.token != tok {
		return
	}
	t.session.access = ""
	if again || !t.session.confirmed {
		t.session.refresh = ""
	}
}
