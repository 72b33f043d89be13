package alerting_test

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"

	"walletwatch/alerting"
)

func TestHidingFindsASecretInEveryForm(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		secret := rapid.StringMatching(`[a-zA-Z0-9+/&<>"%=\\ é-]{8,60}`).Draw(t, "secret")
		inJSON, _ := json.Marshal(secret)
		around := rapid.StringMatching(`[a-z .:]{0,10}`)
		for _, form := range []string{secret, url.QueryEscape(secret), url.PathEscape(secret), strings.Trim(string(inJSON), `"`)} {
			before, after := around.Draw(t, "before"), around.Draw(t, "after")
			if got := alerting.Hiding(secret)(before + form + after); strings.Contains(got, form) {
				t.Fatalf("%q is still in %q", form, got)
			}
		}
	})
}

func TestHidingLeavesTheRestAlone(t *testing.T) {
	const text = "Slack answers invalid_auth: give a valid bot token"
	if got := alerting.Hiding(token, "")(text); got != text {
		t.Errorf("got %q", got)
	}
	if got := alerting.Hiding("abcdefgh", "abcdefghij")("x abcdefghij y"); got != "x <redacted> y" {
		t.Errorf("got %q, want the longer secret hidden as a whole", got)
	}
}

func TestOneLine(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.SliceOf(rapid.Byte()).Draw(t, "bytes")
		got := alerting.OneLine(string(s))
		if !utf8.ValidString(got) || strings.ContainsFunc(got, unicode.IsControl) || strings.TrimSpace(got) != got || strings.Contains(got, "  ") {
			t.Fatalf("got %q", got)
		}
	})
}
