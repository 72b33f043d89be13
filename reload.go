package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"walletwatch/config"
)

// reloader brings a changed thresholds.yaml into force. A bad file changes nothing.
type reloader struct {
	d        *daemon
	mu       sync.Mutex
	current  *config.File
	accepted chan loaded
	stopping <-chan struct{} // closed when the daemon stops, and nobody takes over what is accepted
	hangup   chan os.Signal
}

type loaded struct {
	file *config.File
	env  *config.Environment
}

// newReloader makes a reloader that keeps SIGHUP from ending the process from now on, until stop.
func newReloader(d *daemon, stopping <-chan struct{}) *reloader {
	r := &reloader{d: d, current: d.file, accepted: make(chan loaded), stopping: stopping, hangup: make(chan os.Signal, 1)}
	signal.Notify(r.hangup, syscall.SIGHUP)
	return r
}

func (r *reloader) stop() { signal.Stop(r.hangup) }

// watch reloads on SIGHUP and when the file changes, until ctx ends.
func (r *reloader) watch(ctx context.Context) error {
	changes := make(chan struct{}, 1)
	var watching sync.WaitGroup
	watching.Go(func() { config.Watch(ctx, r.current.Path, r.current.Hash, changes, r.d.log) })
	defer watching.Wait()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-r.hangup:
		case <-changes:
		}
		// What went wrong is logged and shown in a metric; the configuration in force stays.
		_ = r.reload(ctx)
	}
}

// reload reads the file again and, if it is good, puts it in force, wholly also when ctx ends meanwhile: whoever asked
// may have gone. Its error is fit for people.
func (r *reloader) reload(ctx context.Context) error {
	ctx = context.WithoutCancel(ctx)
	r.mu.Lock()
	defer r.mu.Unlock()
	next, err := r.read()
	if err == nil {
		err = r.d.ledger.Apply(ctx, settings(next.file))
	}
	if err == nil {
		select {
		case r.accepted <- next:
		case <-r.stopping:
			err = errors.New("walletwatch is stopping; its next start reads the file")
		}
	}
	r.d.metrics.reload.note(err, r.d.now())
	if err != nil {
		r.d.log.Error("reloading failed; the configuration in force stays", "config", r.current.Path, "error", err)
		return err
	}
	r.current = next.file
	r.d.log.Info("configuration reloaded", "config", r.current.Path)
	return nil
}

func (r *reloader) read() (loaded, error) {
	file, env, err := config.LoadAll(r.current.Path, r.d.getenv, r.d.options)
	if err != nil {
		return loaded{}, err
	}
	if !maps.Equal(prefixes(file.Accounts), prefixes(r.current.Accounts)) {
		return loaded{}, fmt.Errorf("%s: the accounts changed, which needs a restart: their credentials come from the environment", file.Path)
	}
	return loaded{file, env}, nil
}

// prefixes are those of the variables with the accounts' credentials, by account: the order says nothing.
func prefixes(accounts []config.AccountRef) map[string]string {
	all := make(map[string]string, len(accounts))
	for _, a := range accounts {
		all[a.Name] = a.EnvPrefix
	}
	return all
}

// reloadMetrics say whether the file that lies there is the one in force.
type reloadMetrics struct {
	successful prometheus.Gauge
	at         prometheus.Gauge
}

func newReloadMetrics(reg prometheus.Registerer, now time.Time) *reloadMetrics {
	m := &reloadMetrics{
		successful: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "walletwatch_config_last_reload_successful",
			Help: "1 when the newest thresholds.yaml is in force, 0 when it was refused and the one before it is.",
		}),
		at: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "walletwatch_config_last_reload_success_timestamp_seconds",
			Help: "When a thresholds.yaml was last put in force.",
		}),
	}
	reg.MustRegister(m.successful, m.at)
	m.note(nil, now)
	return m
}

func (m *reloadMetrics) note(err error, now time.Time) {
	if err != nil {
		m.successful.Set(0)
		return
	}
	m.successful.Set(1)
	m.at.Set(float64(now.UnixMilli()) / 1000)
}
