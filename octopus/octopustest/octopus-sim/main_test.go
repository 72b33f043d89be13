package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
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

// sim is a running program.
type sim struct {
	t     *testing.T
	base  string
	lines []string // what it printed before and with its address
	token string
}

// started runs the program inside the test and stops it at the end, when it must exit with 0.
func started(t *testing.T, args ...string) *sim {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	out, in := io.Pipe()
	status := make(chan int, 1)
	var errs bytes.Buffer
	go func() {
		status <- run(ctx, append([]string{"--listen", "127.0.0.1:0"}, args...), in, &errs)
		in.Close()
	}()
	s := &sim{t: t}
	s.awaitAddress(bufio.NewScanner(out))
	go func() { _, _ = io.Copy(io.Discard, out) }()
	t.Cleanup(func() {
		cancel()
		if got := <-status; got != exitFine {
			t.Errorf("exit status %d: %s", got, errs.String())
		}
	})
	return s
}

func (s *sim) awaitAddress(lines *bufio.Scanner) {
	s.t.Helper()
	for lines.Scan() {
		s.lines = append(s.lines, lines.Text())
		if base, ok := strings.CutPrefix(strings.TrimSpace(lines.Text()), "export OCTOPUS_BASE_URL="); ok {
			s.base = base
		}
		if strings.Contains(lines.Text(), "#1 ") {
			return
		}
	}
	s.t.Fatalf("it ended after printing:\n%s", strings.Join(s.lines, "\n"))
}

func (s *sim) call(method, path, body string, header ...string) (int, http.Header, string) {
	s.t.Helper()
	req, err := http.NewRequestWithContext(s.t.Context(), method, s.base+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+s.token)
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return resp.StatusCode, resp.Header, string(b)
}

func (s *sim) login() {
	s.t.Helper()
	body := fmt.Sprintf(`{"username":%q,"password":%q}`, octopustest.DemoKey, octopustest.DemoSecret)
	_, _, answer := s.call("POST", "/auth/login", body)
	var reply struct {
		Data struct {
			AccessToken string `json:"access_token"`
		}
	}
	if err := json.Unmarshal([]byte(answer), &reply); err != nil || reply.Data.AccessToken == "" {
		s.t.Fatalf("login: %v: %s", err, answer)
	}
	s.token = reply.Data.AccessToken
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

func TestAdmin(t *testing.T) {
	s := started(t)
	s.login()
	for _, c := range []struct {
		path   string
		status int
		want   string
	}{
		{"balance?wallet=1&amount=3.50", 200, "wallet 1 now holds 3.50 USD"},
		{"balance?wallet=3&amount=-5", 200, "wallet 3 now holds -5 JPY"},
		{"topup?wallet=4&amount=1000", 200, "wallet 4 now holds 650.00 GBP"},
		{"topup?wallet=1&amount=0", 400, "amount must be above 0"},
		{"topup?wallet=9&amount=1", 400, `wallet must be a number from 1 to 4, not "9"`},
		{"balance?wallet=1&amount=1e5", 400, "is not a plain decimal amount"},
		{"fail?route=GET+/api/v1/nothing&status=500", 400, "route must be * or one of: POST /auth/login"},
		{"fail?route=*&status=200", 400, "status must be a number from 400 to 599"},
		{"fail?route=*&status=500&times=-1", 400, "times must be a number"},
		{"fail?route=GET+/api/v1/currencies&status=503&times=2", 200, "the next requests to GET /api/v1/currencies fail: 2"},
		{"fail?route=" + url.QueryEscape("GET /api/v1/products") + "&status=403&times=0", 200, "fail until healed"},
	} {
		status, _, body := s.call("POST", "/sim/"+c.path, "")
		if status != c.status || !strings.Contains(body, c.want) {
			t.Errorf("%s: %d %s, want %d %s", c.path, status, body, c.status, c.want)
		}
	}
	var got []int
	for _, path := range []string{"currencies", "currencies", "currencies", "products", "products"} {
		status, _, _ := s.call("GET", "/api/v1/"+path, "")
		got = append(got, status)
	}
	if fmt.Sprint(got) != "[503 503 200 403 403]" {
		t.Errorf("statuses %v", got)
	}
	s.call("POST", "/sim/heal?route=*", "")
	if status, _, _ := s.call("GET", "/api/v1/products", ""); status != 200 {
		t.Errorf("healed: %d", status)
	}
	if _, _, body := s.call("GET", "/sim/", ""); !strings.Contains(body, "#4 650.00 GBP") || !strings.Contains(body, "GET /api/v1/wallets") {
		t.Errorf("GET /sim/: %s", body)
	}
	if status, _, _ := s.call("POST", "/sim/topup?wallet=1&amount=1", "", "Sec-Fetch-Site", "cross-site"); status != 403 {
		t.Errorf("a foreign web page was answered with %d", status)
	}
}

func TestFaultsOfTheConnection(t *testing.T) {
	s := started(t)
	s.call("POST", "/sim/fail?route=*&status=reset", "")
	if resp, err := http.Get(s.base + "/api/v1/wallets"); err == nil {
		resp.Body.Close()
		t.Errorf("a reset connection answered %d", resp.StatusCode)
	}
	s.call("POST", "/sim/fail?route=*&status=hang", "")
	client := http.Client{Timeout: 50 * time.Millisecond}
	if resp, err := client.Get(s.base + "/api/v1/wallets"); err == nil {
		resp.Body.Close()
		t.Errorf("a hanging request was answered with %d", resp.StatusCode)
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
		{[]string{"--unknown"}, "unknown flag --unknown"},
		{[]string{"extra"}, "unexpected argument extra"},
	} {
		var out, errs bytes.Buffer
		if got := run(t.Context(), c.args, &out, &errs); got != exitUsage || !strings.Contains(errs.String(), c.want) || out.Len() > 0 {
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
	if got := run(t.Context(), []string{"--help"}, &out, &errs); got != exitFine {
		t.Errorf("exit status %d: %s", got, errs.String())
	}
	for _, want := range []string{"/sim/topup?", "/sim/balance?", "/sim/fail?", "made up", "--listen=\"127.0.0.1:9090\""} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("help lacks %q:\n%s", want, out.String())
		}
	}
}

func TestPortInUse(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	var out, errs bytes.Buffer
	got := run(t.Context(), []string{"--listen", taken.Addr().String()}, &out, &errs)
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
