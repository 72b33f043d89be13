package main

import (
	"context"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"walletwatch/alerting/alertingtest"
	"walletwatch/octopus/octopustest"
)

// asDaemon makes the test binary behave like walletwatch, so that tests can run it as a process of its own.
const asDaemon = "WALLETWATCH_TEST_AS_DAEMON"

func TestMain(m *testing.M) {
	if os.Getenv(asDaemon) == "" {
		os.Exit(cluster.Run(m))
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	os.Exit(surroundings{getenv: os.LookupEnv, stdout: os.Stdout, stderr: os.Stderr, now: skewed(), claimFor: ownClaims()}.run(ctx, os.Args[1:]))
}

// What a test gives a daemon in its environment: by how much its clock is wrong, and how long its claims last.
const (
	skewOfDaemon   = "WALLETWATCH_TEST_SKEW"
	claimsOfDaemon = "WALLETWATCH_TEST_CLAIM_FOR"
)

func skewed() func() time.Time {
	skew, _ := time.ParseDuration(os.Getenv(skewOfDaemon))
	return func() time.Time { return time.Now().Add(skew) }
}

func ownClaims() time.Duration {
	d, _ := time.ParseDuration(os.Getenv(claimsOfDaemon))
	return d
}

// child is a daemon in a process of its own.
type child struct {
	process
	cmd *exec.Cmd
}

// spawn starts a daemon process in the world, which ends with the test at the latest.
func (w *world) spawn(args ...string) *child {
	w.t.Helper()
	listen := freeAddress(w.t)
	c := &child{process: process{t: w.t, url: "http://" + listen, log: &lockedBuffer{}, done: make(chan struct{})}}
	c.cmd = exec.Command(os.Args[0], append([]string{"run", "--config", w.configFile(), "--listen", listen, "--allow-fast-poll",
		"--database", "sqlite://" + filepath.Join(w.dir, "state.db")}, args...)...)
	c.cmd.Env = []string{asDaemon + "=1"}
	for k, v := range w.env {
		c.cmd.Env = append(c.cmd.Env, k+"="+v)
	}
	c.cmd.Stdout, c.cmd.Stderr = c.log, c.log
	if err := c.cmd.Start(); err != nil {
		w.t.Fatal(err)
	}
	go func() {
		_ = c.cmd.Wait()
		c.code = c.cmd.ProcessState.ExitCode()
		close(c.done)
	}()
	w.t.Cleanup(func() {
		c.kill()
		if w.t.Failed() {
			w.t.Log(c.log.String())
		}
	})
	return c
}

// kill ends the process without a chance to do anything, and waits until it has ended.
func (c *child) kill() {
	_ = c.cmd.Process.Kill()
	<-c.done
}

func (c *child) signal(s os.Signal) { _ = c.cmd.Process.Signal(s) }

func (c *child) ready() bool { return c.get("/-/ready", nil) == http.StatusOK }

// TestKilledAnywhere kills the daemon with SIGKILL between the steps of a delivery, starts it again, and compares what
// the receivers hold: one open incident and one Slack message, one more at most where the process died after the
// post and before it could write that down. Then the same for the recovery.
func TestKilledAnywhere(t *testing.T) {
	for name, arm := range killPoints() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.spent(1, "USD", "1000", "5000")
			c := w.spawn()
			eventually(t, "the wallet is ok", func() bool { return c.level(1) == "ok" })

			c = w.dieAt(c, arm, func() { w.api.SetBalance(1, decimal.NewFromInt(10)) })
			eventually(t, "the page, after the restart", func() bool { return len(w.pager.OpenIncidents()) == 1 })
			eventually(t, "the Slack message, after the restart", func() bool { return len(w.slack.Messages("#wallet-alerts")) > 0 })
			eventually(t, "every delivery is accepted", func() bool { return c.pendingDeliveries() == 0 })
			if n := len(w.slack.Messages("#wallet-alerts")); n > 2 {
				t.Errorf("%d Slack messages for one episode", n)
			}

			c = w.dieAt(c, arm, func() { w.api.TopUp(1, decimal.NewFromInt(9000)) })
			eventually(t, "the page closes", func() bool { return len(w.pager.OpenIncidents()) == 0 })
			eventually(t, "Slack shows the recovery", func() bool {
				m := w.slack.Messages("#wallet-alerts")
				return strings.Contains(m[len(m)-1].Text, "ecovered")
			})
			eventually(t, "every delivery is accepted", func() bool { return c.pendingDeliveries() == 0 })
			if n := len(w.pager.Incidents()); n != 1 {
				t.Errorf("%d incidents for one episode", n)
			}
		})
	}
}

// killPoint arms a kill: die is to be called when the point is reached. disarm makes the world normal again.
type killPoint func(w *world, die func()) (disarm func())

func killPoints() map[string]killPoint {
	hang := func(f *alertingtest.Faults, requests func() int) killPoint {
		return func(w *world, die func()) func() {
			before := requests()
			f.Always(alertingtest.Fault{Hang: true})
			go func() {
				eventually(w.t, "a request to the receiver", func() bool { return requests() > before })
				die()
			}()
			return f.Heal
		}
	}
	return map[string]killPoint{
		"after the API answered": func(w *world, die func()) func() {
			seen := w.api.Count(octopustest.RouteWallets)
			go func() {
				eventually(w.t, "two polls", func() bool { return w.api.Count(octopustest.RouteWallets) > seen+1 })
				die()
			}()
			return func() {}
		},
		"while Slack is asked": func(w *world, die func()) func() {
			return hang(&w.slack.Faults, func() int { return w.slack.Requests("chat.postMessage") + w.slack.Requests("chat.update") })(w, die)
		},
		"while PagerDuty is asked": func(w *world, die func()) func() {
			return hang(&w.pager.Faults, w.pager.Requests)(w, die)
		},
		"after Slack accepted": func(w *world, die func()) func() {
			return w.hook(func(once func()) { w.slack.OnMessage = func(alertingtest.Message) { once() } }, die)
		},
		"after PagerDuty accepted": func(w *world, die func()) func() {
			return w.hook(func(once func()) { w.pager.OnEvent = func(alertingtest.Event, *alertingtest.Incident) { once() } }, die)
		},
	}
}

// hook calls die when a receiver has accepted something.
func (w *world) hook(set func(once func()), die func()) func() {
	var once sync.Once
	accepted := make(chan struct{})
	set(func() { once.Do(func() { close(accepted) }) })
	go func() { <-accepted; die() }()
	return func() {}
}

// dieAt makes something happen, kills the daemon at the armed point, and starts another.
func (w *world) dieAt(c *child, arm killPoint, happen func()) *child {
	w.t.Helper()
	disarm := arm(w, c.kill)
	happen()
	<-c.done
	disarm()
	return w.spawn()
}

func (p *process) pendingDeliveries() int {
	var alerts []struct {
		Deliveries []struct{ State string }
	}
	if p.get("/api/v1/alerts", &alerts) != http.StatusOK {
		return -1
	}
	pending := 0
	for _, a := range alerts {
		for _, d := range a.Deliveries {
			if d.State != "accepted" {
				pending++
			}
		}
	}
	return pending
}

// TestStopsCleanly sends SIGTERM with a delivery under way: the process drains and exits 0 well within 15 s.
func TestStopsCleanly(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.spent(1, "USD", "1000", "5000")
	c := w.spawn()
	eventually(t, "the wallet is ok", func() bool { return c.level(1) == "ok" })
	w.pager.Next(alertingtest.Fault{Status: 503}, alertingtest.Fault{Status: 503})
	w.api.SetBalance(1, decimal.NewFromInt(10))
	eventually(t, "a first attempt to page", func() bool { return w.pager.Requests() > 0 })
	c.signal(syscall.SIGTERM)
	<-c.done
	if c.code != exitFine {
		t.Errorf("exit status %d", c.code)
	}
	c = w.spawn()
	eventually(t, "the page, after the restart", func() bool { return len(w.pager.OpenIncidents()) == 1 })
}

// TestSecondSignal stops at once although the API hangs.
func TestSecondSignal(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.spent(1, "USD", "1000", "5000")
	c := w.spawn()
	eventually(t, "ready", c.ready)
	w.pager.Always(alertingtest.Fault{Hang: true})
	w.api.SetBalance(1, decimal.NewFromInt(10))
	eventually(t, "a page under way", func() bool { return w.pager.Requests() > 0 })
	c.signal(os.Interrupt)
	eventually(t, "the daemon is stopping", func() bool { return c.log.contains("walletwatch is stopping") })
	began := time.Now()
	eventually(t, "the process ends", func() bool { // a moment after the first signal the next one has no handler
		c.signal(os.Interrupt)
		select {
		case <-c.done:
			return true
		default:
			return false
		}
	})
	if took := time.Since(began); took > 3*time.Second {
		t.Errorf("it took %v", took)
	}
	if c.code == exitFine {
		t.Error("a second signal let the process drain")
	}
	if c.log.contains("walletwatch has stopped") {
		t.Error("the process drained to the end")
	}
}
