package preflight_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"walletwatch/preflight"
)

func outcomes() []preflight.Outcome {
	took := func(f preflight.Finding, d time.Duration) preflight.Finding { f.Took = d; return f }
	return []preflight.Outcome{
		{Name: "login", Endpoint: "POST /auth/login", Finding: took(preflight.Finding{Result: preflight.OK, Found: "fine"}, 12*time.Millisecond)},
		{Name: "wallets", Endpoint: "GET /w", Finding: took(preflight.Finding{Result: preflight.Warn, Found: "half", Advice: "do it"}, 1234*time.Millisecond)},
		{Name: "order", Endpoint: "POST /o", Finding: preflight.Finding{Result: preflight.Skipped, Found: "not checked"}},
		{Name: "clock", Endpoint: "Date", Finding: preflight.Finding{Result: preflight.Fail, Found: "a\x1b[31m\nb", Advice: strings.Repeat("x", 700)}},
	}
}

func TestTable(t *testing.T) {
	var checks []preflight.Check
	for _, o := range outcomes() {
		checks = append(checks, preflight.Check{Name: o.Name, Endpoint: o.Endpoint})
	}
	var out bytes.Buffer
	table := preflight.NewTable(&out, checks, false)
	for _, o := range outcomes() {
		table.Print(o)
	}
	want := "ok    login    POST /auth/login     12 ms  fine\n" +
		"warn  wallets  GET /w             1234 ms  half; do it\n" +
		"skip  order    POST /o                  -  not checked\n" +
		"FAIL  clock    Date                  0 ms  a [31m b; " + strings.Repeat("x", 600) + "…\n"
	if out.String() != want {
		t.Errorf("it printed\n%s\nnot\n%s", out.String(), want)
	}
	out.Reset()
	preflight.NewTable(&out, checks, true).Print(outcomes()[3])
	if !strings.HasPrefix(out.String(), "\x1b[1;31mFAIL\x1b[0m  clock") || strings.Contains(out.String(), "a\x1b") {
		t.Errorf("in colour it printed %q", out.String())
	}
}

func TestJSON(t *testing.T) {
	var out bytes.Buffer
	if err := preflight.WriteJSON(&out, outcomes()); err != nil {
		t.Fatal(err)
	}
	var rows []map[string]any
	if err := json.Unmarshal(out.Bytes(), &rows); err != nil {
		t.Fatal(err)
	}
	var results []string
	for _, row := range rows {
		if len(row) != 6 {
			t.Errorf("a row has %v", row)
		}
		results = append(results, row["result"].(string))
	}
	if got := strings.Join(results, " "); got != "ok warn skipped fail" || rows[1]["took_ms"] != 1234.0 || rows[1]["advice"] != "do it" {
		t.Errorf("it wrote %s", out.String())
	}
}
