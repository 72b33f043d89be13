package main

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"time"

	"walletwatch/problem"
	"walletwatch/store"
	"walletwatch/wallet"
	"walletwatch/web"
)

// How long passes between two attempts to reach a database that is away, and how often the log says that it is.
const (
	retryFirst  = time.Second // and twice as long after each attempt …
	retryAtMost = 5 * time.Second
	remindEvery = time.Minute
)

// await opens the daemon as soon as its database can be reached. Ending instead would leave it to others when it is tried
// again: Kubernetes waits for up to five minutes. What waiting cannot mend is returned at once.
func (d *daemon) await(ctx context.Context) error {
	err := d.open(ctx)
	if !store.Unreachable(err) {
		return err
	}
	standingIn, opened := context.WithCancel(ctx)
	defer opened()
	if err := d.standIn(standingIn); err != nil {
		return err
	}
	return persist(ctx, err, d.open, d.log)
}

// persist calls open until its error, err at first, is another one than that the database cannot be reached.
func persist(ctx context.Context, err error, open func(context.Context) error, log *slog.Logger) error {
	began, pause := time.Now(), retryFirst
	var said time.Time
	for ; store.Unreachable(err); pause = min(2*pause, retryAtMost) {
		if time.Since(said) >= remindEvery {
			said = time.Now()
			log.Warn("waiting for the database", "error", err)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
		}
		err = open(ctx)
	}
	if err == nil {
		log.Info("the database is there", "waited", time.Since(began).Round(time.Millisecond))
	}
	return err
}

// standIn answers on all listeners until ctx ends, and leaves them open. Then d.standingIn is done within seconds.
func (d *daemon) standIn(ctx context.Context) error {
	server, err := web.New(web.Config{Source: nothing{}, Now: d.now, Logger: d.log})
	if err != nil {
		return err
	}
	d.answer(ctx, server, d.listener, waiting(), d.webConfig)
	if d.webhooks != nil {
		d.answer(ctx, server, d.webhooks, http.HandlerFunc(refuse), "")
	}
	return nil
}

func (d *daemon) answer(ctx context.Context, server *web.Server, listener net.Listener, h http.Handler, webConfig string) {
	l := lent{listener.(*net.TCPListener)}
	d.standingIn.Go(func() {
		if err := server.Serve(ctx, l, server.Dress(h), webConfig); err != nil {
			d.log.Error("nobody can be told that the database is away", "error", err) // and it is waited for all the same
		}
		_ = l.SetDeadline(time.Time{}) // fails for a listener that is closed, which nobody will use
	})
}

// waiting answers probes, and refuses everything else for now.
func waiting() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /-/healthy", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = io.WriteString(w, "walletwatch is waiting for the database.\n")
	})
	mux.HandleFunc("/", refuse)
	return mux
}

func refuse(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Retry-After", "5")
	(&problem.Problem{Status: http.StatusServiceUnavailable, Code: "STORE_UNREACHABLE",
		Message: "walletwatch is waiting for the database; the log says why."}).Write(w)
}

// lent is a listener whose Close ends Accept alone. Whoever connects then waits for the next to accept.
type lent struct{ *net.TCPListener }

func (l lent) Accept() (net.Conn, error) {
	conn, err := l.TCPListener.Accept()
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return nil, net.ErrClosed
	}
	return conn, err
}

func (l lent) Close() error { return l.SetDeadline(time.Unix(1, 0)) }

// nothing is what is known without a database.
type nothing struct{}

func (nothing) Snapshot() *wallet.Snapshot { return &wallet.Snapshot{} }
func (nothing) Policy() *wallet.Policy     { return &wallet.Policy{} }
