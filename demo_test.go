package main

import (
	"bytes"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// inOrder fails the test unless the text tells of all that, in this order. Each what is a regular expression for a line.
func inOrder(t *testing.T, text string, lines ...string) {
	t.Helper()
	rest := strings.Split(text, "\n")
	for _, what := range lines {
		i := slices.IndexFunc(rest, regexp.MustCompile(what).MatchString)
		if i < 0 {
			t.Errorf("the story lacks %q, or tells it in another order:\n%s", what, text)
			return
		}
		rest = rest[i+1:]
	}
}

// TestDemo hears the whole story within its first minute: of a wallet that polls see, of one that a shop's orders empty
// between two polls, and of webhooks.
func TestDemo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	code, stdout, stderr := w.command("demo", "--for", "52s", "--listen", "127.0.0.1:0")
	if code != exitFine {
		t.Errorf("exit status %d: %s", code, stderr)
	}
	for name, lines := range map[string][]string{
		"polls": {
			"SIMULATED", `SLACK +new message: .*WARNING: USD gift cards`, `PAGERDUTY +incident walletwatch/default/1 \(critical\): CRITICAL`,
			`top-up +a wire of 3,600.00 USD`, `PAGERDUTY +incident walletwatch/default/1 is resolved`, `the end`,
		},
		"orders": {
			`shop +a campaign: 24 orders of \d+ EUR within a second`, `PAGERDUTY +incident walletwatch/default/2 \(critical\): CRITICAL`,
			`shop +paged \d+ ms after the order that took the wallet below 5 %; the next poll was [\d.]+ m?s away`,
			`top-up +a wire of 3,000.00 EUR`, `PAGERDUTY +incident walletwatch/default/2 is resolved`, `the end`,
		},
		"webhooks": {
			`vendor +webhooks are on`, `vendor +a debit of 100,000 JPY from wallet 3: its webhook was answered with 200 after .*, and walletwatch knows of 2,\d{3},\d{3} JPY left \(estimate\)`,
			`attacker +the same webhook once more, dated now and under another X-Event-ID: refused with 400`,
			`attacker +the same webhook once more, dated now: answered with 200, a duplicate`,
			`attacker +a forged webhook .*: refused with 401`,
			`vendor +no wallet moved: .* agree on 2,\d{3},\d{3} JPY in wallet 3. Nobody was woken`, `the end`,
		},
	} {
		t.Run(name, func(t *testing.T) { inOrder(t, stdout, lines...) })
	}
	if took := regexp.MustCompile(`paged (\d+) ms after`).FindStringSubmatch(stdout); took != nil {
		if ms, err := strconv.Atoi(took[1]); err != nil || ms > 1000 {
			t.Errorf("the page took %s ms", took[1])
		}
	}
	if strings.Contains(stdout, "\x1b") {
		t.Error("it printed colours into a pipe")
	}
	if n := strings.Count(stdout, "walletwatch/default/3"); n > 0 || strings.Contains(stdout, "failed") {
		t.Errorf("%d pages about the wallet that was lied about, or something failed:\n%s", n, stdout)
	}
}

// TestDemoFast: what takes real time must not be too slow for a world in which an hour passes in a second.
func TestDemoFast(t *testing.T) {
	t.Parallel()
	code, stdout, stderr := newWorld(t).command("demo", "--speed", "3600", "--for", "52s", "--listen", "127.0.0.1:0")
	if code != exitFine {
		t.Errorf("exit status %d: %s", code, stderr)
	}
	inOrder(t, stdout, `shop +a campaign`, `shop +paged \d+ ms after`, `vendor +a debit`, `attacker .* refused with 400`, `attacker .* 200, a duplicate`,
		`attacker .* refused with 401`, `vendor +no wallet moved`, `the end`)
	for _, wrong := range []string{"Unconfirmed", "unknown", "failed"} {
		if strings.Contains(stdout, wrong) {
			t.Errorf("it says %q:\n%s", wrong, stdout)
		}
	}
}

// TestDemoInterrupted presses Ctrl-C at once, and in the middle of the shop's orders: the demo ends soon and leaves nothing.
func TestDemoInterrupted(t *testing.T) {
	for name, until := range map[string]string{"at once": "SIMULATED", "in the rush": "a campaign"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			temp, out := t.TempDir(), &lockedBuffer{}
			var stderr bytes.Buffer
			cmd := exec.Command(os.Args[0], "demo", "--listen", "127.0.0.1:0")
			cmd.Env, cmd.Stdout, cmd.Stderr = []string{asDaemon + "=1", "TMPDIR=" + temp}, out, &stderr
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			defer cmd.Process.Kill()
			eventually(t, "the demo tells "+until, func() bool { return strings.Contains(out.String(), until) })
			pressed := time.Now()
			if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
				t.Fatal(err)
			}
			if err := cmd.Wait(); err != nil {
				t.Errorf("%v: %s", err, stderr.String())
			}
			if took := time.Since(pressed); took > 5*time.Second {
				t.Errorf("it took %v to end", took)
			}
			if strings.Contains(out.String(), "failed") || !strings.HasSuffix(out.String(), "nothing is left behind\n") {
				t.Errorf("it said\n%s", out.String())
			}
			if left, err := os.ReadDir(temp); err != nil || len(left) > 0 {
				t.Errorf("%v is left behind (%v)", left, err)
			}
		})
	}
}
