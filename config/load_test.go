package config_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"walletwatch/config"
)

func TestAMissingFileSaysWhatToDo(t *testing.T) {
	_, err := config.Load("no/such.yaml", config.Options{})
	want := "no/such.yaml: there is no such file: copy the thresholds.yaml that comes with walletwatch, or name yours with --config"
	if got := problems(t, err).Error(); got != want {
		t.Errorf("got %s", got)
	}
}

func TestAnUnreadableFileIsAProblem(t *testing.T) {
	dir := t.TempDir()
	_, err := config.Load(dir, config.Options{})
	if got := problems(t, err).Error(); got != dir+": the file cannot be read: is a directory" {
		t.Errorf("got %s", got)
	}
}

func TestAFileThatIsTooLongIsNotRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "t.yaml")
	text := minimal + strings.Repeat("#", 1<<20-len(minimal))
	write(t, path, text)
	load(t, path)
	write(t, path, text+"#")
	_, err := config.Load(path, config.Options{})
	if got := problems(t, err).Error(); got != path+":1:1: the file is longer than 1 MiB: is this the right file?" {
		t.Errorf("got %s", got)
	}
}

func TestSecretsInTheWrongPlaceAreNotRepeated(t *testing.T) {
	for _, line := range []string{
		"receivers: {slack: {type: slack, channel: \"https://hooks.slack.com/services/canary\"}}",
		"receivers: {slack: {type: slack, channel: C01, token_env: xoxb-canary}}",
		"receivers: {slack: {type: slack, channel: C01, api_url: \"http://user:canary@example.com\"}}",
		"receivers: {slack: {type: pagerduty, routing_key_env: CANARY89ABCDEF0123456789ABCDEF01}}",
		"receivers: {slack: {type: pagerduty, events_url: \"https://example.com/?key=canary\"}}",
		"receivers: {slack: {type: slack, token: xoxb-canary}}",
		"accounts: [{name: a, env_prefix: canary}]",
	} {
		text := "levels: [{name: low, floor: 1, notify: [slack]}]\n" + line + "\n"
		if !strings.HasPrefix(line, "receivers") {
			text += "receivers: {slack: {type: slack}}\n"
		}
		_, err := config.Parse("x", []byte(text), config.Options{})
		if s := problems(t, err).Error(); strings.Contains(strings.ToLower(s), "canary") {
			t.Errorf("%s:\n%s", line, s)
		}
	}
}

// Each text is made to cost as much as it can for its length.
func TestHostileFilesAreRefusedInTime(t *testing.T) {
	const longText = 1 << 18
	fill := func(head, piece string) string {
		return head + strings.Repeat(piece, (longText-len(head))/len(piece))
	}
	numbered := func(head, format string) string {
		var b strings.Builder
		b.WriteString(head)
		for i := 0; b.Len() < longText; i++ {
			fmt.Fprintf(&b, format, i)
		}
		return b.String()
	}
	bomb := "a: &a [x, x, x, x, x, x, x, x, x]\n"
	for c := 'b'; c <= 'z'; c++ {
		bomb += fmt.Sprintf("%c: &%c [%s*%c]\n", c, c, strings.Repeat(fmt.Sprintf("*%c, ", c-1), 8), c-1)
	}
	for name, text := range map[string]string{
		"alias bomb":    bomb,
		"deep list":     fill("", "["),
		"deep block":    fill("", "- "),
		"deep flow map": fill("", "{a: "),
		"anchors":       fill("", "&a "),
		"unknown keys":  numbered(minimal, "k%d: 1\n"),
		"same key":      fill(minimal, "poll: x\n"),
		"levels":        numbered("receivers: {slack: {type: slack}}\nlevels:\n", "- {name: l%d, floor: 1, notify: [slack]}\n"),
		"names":         numbered("receivers: {slack: {type: slack}}\nlevels:\n- name: a\n  floor: 1\n  notify:\n", "  - n%d\n"),
		"wallets":       numbered(minimal+"wallets:\n", "- match: {id: 1%d, currency: USD}\n"),
		"floors":        numbered(minimal+"wallets:\n", "- match: {id: 1%d}\n  floor: 5\n"),
		"accounts":      numbered(minimal+"accounts:\n", "- {name: a%[1]d, env_prefix: A%[1]d}\n"),
		"receivers":     numbered("levels: [{name: a, floor: 1, notify: [slack]}]\nreceivers:\n", "  r%d: {type: slack}\n"),
		"balance paths": numbered(minimal+"ingest:\n  balance_paths:\n", "  - p%d\n"),
		"long word":     minimal + "x: " + strings.Repeat("y", longText),
		"long key":      minimal + strings.Repeat("y", 1<<10) + ": 1",
		"long duration": minimal + "remind_every: " + strings.Repeat("1h", 1<<18),
		"long pattern":  minimal + "spend: {refunds: \"" + strings.Repeat("(a|b)*c{1,9}", 1<<15) + "\"}",
		"long schedule": minimal + "poll: \"" + strings.Repeat("0,", 1<<18) + " * * * *\"",
	} {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			_, err := config.Parse("x", []byte(text), config.Options{})
			if d := time.Since(start); d > 10*time.Second {
				t.Errorf("took %v: %.200v", d, err)
			}
		})
	}
}
