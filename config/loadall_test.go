package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"walletwatch/config"
)

func TestLoadAllReportsFileAndEnvironment(t *testing.T) {
	path := filepath.Join(t.TempDir(), "thresholds.yaml")
	text := "levels: []\nreceivers:\n  slack: {type: slack, channel: \"#x\", token_env: xoxb-pasted-secret}\n  pd: {type: pagerduty}\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	_, _, err := config.LoadAll(path, func(string) (string, bool) { return "", false }, config.Options{})
	if err == nil {
		t.Fatal("it was accepted")
	}
	for _, want := range []string{":1:9: levels: ", ":3:50: token_env: ", "environment: OCTOPUS_BASE_URL is not set", "environment: PAGERDUTY_ROUTING_KEY is not set"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("no word of %q in:\n%v", want, err)
		}
	}
	if strings.Contains(err.Error(), "pasted") {
		t.Errorf("a secret in the wrong place was printed: %v", err)
	}
}
