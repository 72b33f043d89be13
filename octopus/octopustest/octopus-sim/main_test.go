package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"walletwatch/octopus/octopustest"
)

const asProgram = "OCTOPUS_SIM_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
	}
	os.Exit(m.Run())
}

func TestItSaysWhatToExportAndThatItIsSimulated(t *testing.T) {
	s := started(t, "--speed", "60")
	text := strings.Join(s.lines, "\n")
	for _, want := range []string{
		"SIMULATED", "export OCTOPUS_BASE_URL=http://127.0.0.1:", "export OCTOPUS_API_KEY=" + octopustest.DemoKey,
		"export OCTOPUS_API_SECRET=" + octopustest.DemoSecret, "POST /sim/topup?", "60 times", "1,400.00 USD",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in:\n%s", want, text)
		}
	}
}

func TestItServesFourWalletsWithAWeekOfHistory(t *testing.T) {
	s := started(t, "--speed", "60")
	s.login()
	_, _, body := s.call("GET", "/api/v1/wallets", "")
	var wallets []struct {
		ID   int64
		Type string
	}
	if err := json.Unmarshal([]byte(body), &wallets); err != nil || len(wallets) != 4 || wallets[0].Type != octopustest.Postpaid {
		t.Errorf("wallets: %v: %s", err, body)
	}
	for id := range wallets {
		_, header, _ := s.call("GET", fmt.Sprintf("/api/v1/transactions?wallet_id=%d&limit=1", id+1), "")
		_, _, oldest := s.call("GET", fmt.Sprintf("/api/v1/transactions?wallet_id=%d&limit=1&page=%s", id+1, header.Get("X-Total-Pages")), "")
		var rows []struct {
			CreatedAt time.Time `json:"created_at"`
		}
		if err := json.Unmarshal([]byte(oldest), &rows); err != nil || len(rows) != 1 {
			t.Fatalf("oldest row of wallet %d: %v: %s", id+1, err, oldest)
		}
		if age := time.Since(rows[0].CreatedAt); age < 6*24*time.Hour || age > 7*24*time.Hour+time.Minute {
			t.Errorf("the ledger of wallet %d begins %s ago", id+1, age)
		}
	}
}

func TestOrdersGoOnInRealTime(t *testing.T) {
	s := started(t, "--speed", "86400", "--campaign")
	s.login()
	newest := func() (time.Time, string) {
		_, header, body := s.call("GET", "/api/v1/transactions?limit=1", "")
		var rows []struct {
			CreatedAt time.Time `json:"created_at"`
		}
		if err := json.Unmarshal([]byte(body), &rows); err != nil || len(rows) != 1 {
			t.Fatalf("newest row: %v: %s", err, body)
		}
		return rows[0].CreatedAt, header.Get("X-Total-Count")
	}
	_, before := newest()
	for deadline := time.Now().Add(20 * time.Second); ; {
		at, count := newest()
		if at.After(time.Now()) {
			t.Fatalf("an order is dated %s, in the future", at)
		}
		if count != before {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("no order in 20 days of simulated time")
		}
	}
}

func TestMistakesOnTheCommandLine(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"--listen", "0.0.0.0:0"}, "can be reached from other machines"},
		{[]string{"--listen", ":0"}, "can be reached from other machines"},
		{[]string{"--listen", "192.0.2.1:0"}, "can be reached from other machines"},
		{[]string{"--listen", "example.com:0"}, "can be reached from other machines"},
		{[]string{"--listen", "9090"}, "must be HOST:PORT"},
		{[]string{"--speed", "0"}, "--speed must be above 0"},
		{[]string{"--speed", "NaN"}, "--speed must be above 0"},
		{[]string{"--speed", "fast"}, "--speed: expected a float"},
		{[]string{"--order-balance", "a..b"}, "--order-balance: the path of a balance must be"},
		{[]string{"--order-balance", "status"}, "must not begin with \"status\""},
		{[]string{"--webhook-url", "http://127.0.0.1:1/"}, "needs a secret in the environment variable SIM_WEBHOOK_SECRET"},
		{[]string{"--webhook-url", "ftp://127.0.0.1/"}, "--webhook-url must begin with"},
		{[]string{"--webhook-url", "http:///x"}, "--webhook-url must begin with"},
		{[]string{"--unknown"}, "unknown flag --unknown"},
		{[]string{"extra"}, "unexpected argument extra"},
	} {
		var out, errs bytes.Buffer
		if got := run(t.Context(), c.args, noEnv, &out, &errs); got != exitUsage || !strings.Contains(errs.String(), c.want) || out.Len() > 0 {
			t.Errorf("%v: status %d, %q, want 2 and %q", c.args, got, errs.String(), c.want)
		}
	}
}

func TestLoopbackAddresses(t *testing.T) {
	for _, o := range []options{
		{Listen: "localhost:1", Speed: 1}, {Listen: "[::1]:1", Speed: 1}, {Listen: "127.9.9.9:1", Speed: 1},
		{Listen: "0.0.0.0:1", Speed: 1, InsecureAnyAddress: true},
	} {
		if err := o.check(); err != nil {
			t.Errorf("%+v: %v", o, err)
		}
	}
}

func TestHelpNamesTheAdminEndpoints(t *testing.T) {
	var out, errs bytes.Buffer
	if got := run(t.Context(), []string{"--help"}, noEnv, &out, &errs); got != exitFine {
		t.Errorf("exit status %d: %s", got, errs.String())
	}
	for _, want := range []string{"/sim/topup?", "/sim/balance?", "/sim/fail?", "/sim/order?", "--webhook-url=URL", "SIM_WEBHOOK_SECRET", "--order-balance=PATH", "made up", "--listen=\"127.0.0.1:9090\""} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("help lacks %q:\n%s", want, out.String())
		}
	}
}

func noEnv(string) string { return "" }

func TestPortInUse(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	var out, errs bytes.Buffer
	got := run(t.Context(), []string{"--listen", taken.Addr().String()}, noEnv, &out, &errs)
	if got != exitFailed || !strings.Contains(errs.String(), "listening on "+taken.Addr().String()) {
		t.Errorf("status %d: %s", got, errs.String())
	}
}

func TestSignalsEndItWithStatus0(t *testing.T) {
	for _, sig := range []os.Signal{os.Interrupt, syscall.SIGTERM} {
		cmd := exec.CommandContext(t.Context(), os.Args[0], "--listen", "127.0.0.1:0")
		cmd.Env = append(os.Environ(), asProgram+"=1")
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		(&sim{t: t}).awaitAddress(lines)
		if err := cmd.Process.Signal(sig); err != nil {
			t.Fatal(err)
		}
		last := ""
		for lines.Scan() {
			last = lines.Text()
		}
		if err := cmd.Wait(); err != nil || last != "octopus-sim: stopped" {
			t.Errorf("%v: %v, last line %q", sig, err, last)
		}
	}
}
