package octopus_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"walletwatch/octopus"
)

func TestErrorsSayWhatTheAPISaid(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api := newFakeAPI()
		api.script(walletsPath, reply(403, `{"error":{"name":"ForbiddenError","code":"IP_NOT_LISTED","message":"Address\n not listed."}}`, "X-Request-Id", "2ab-echo"))
		_, err := api.client(t).Wallets(t.Context())
		e, ok := errors.AsType[*octopus.Error](err)
		if !ok || e.Status != 403 || e.Name != "ForbiddenError" || e.Code != "IP_NOT_LISTED" || e.Message != "Address  not listed." ||
			e.RequestID != "2ab-echo" || e.Endpoint != walletsPath {
			t.Fatalf("got %#v", err)
		}
		want := "/api/v1/wallets: the API answered 403 Forbidden ForbiddenError (code IP_NOT_LISTED): Address  not listed. (request id 2ab-echo)"
		if err.Error() != want {
			t.Errorf("got  %s\nwant %s", err, want)
		}
	})
}

func TestErrorsWithoutEcho(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api := newFakeAPI()
		api.always[walletsPath] = reply(502, "<html>Bad gateway "+strings.Repeat("x", 1<<20))
		_, err := api.client(t).Wallets(t.Context())
		sent := api.requests(walletsPath)
		e, ok := errors.AsType[*octopus.Error](err)
		if !ok || e.Name+e.Code+e.Message != "" || e.RequestID != sent[len(sent)-1].id {
			t.Errorf("got %#v", err)
		}
	})
}

func TestClassification(t *testing.T) {
	wallets, transactions := walletsPath, transactionsPath
	tests := []struct {
		err                      error
		credentials, unavailable bool
	}{
		{&octopus.Error{Status: 401, Endpoint: loginPath}, true, false},
		{&octopus.Error{Status: 403, Endpoint: loginPath}, true, true},
		{&octopus.Error{Status: 401, Endpoint: wallets}, true, false},
		{&octopus.Error{Status: 403, Endpoint: wallets}, true, true},
		{&octopus.Error{Status: 403, Endpoint: currenciesPath}, true, true},
		{&octopus.Error{Status: 404, Endpoint: wallets}, false, true},
		{&octopus.Error{Status: 401, Endpoint: transactions}, true, false},
		{&octopus.Error{Status: 403, Endpoint: transactions}, false, true},
		{&octopus.Error{Status: 404, Endpoint: transactions}, false, true},
		{&octopus.Error{Status: 429, Endpoint: wallets}, false, false},
		{&octopus.Error{Status: 500, Endpoint: loginPath}, false, false},
		{&octopus.Error{Status: 200, Endpoint: wallets}, false, false},
		{errors.New("connection refused"), false, false},
		{nil, false, false},
	}
	for _, tt := range tests {
		for _, err := range []error{tt.err, fmt.Errorf("polling: %w", tt.err)} {
			if octopus.IsCredentials(err) != tt.credentials || octopus.IsUnavailable(err) != tt.unavailable {
				t.Errorf("%v: credentials %v, unavailable %v", err, octopus.IsCredentials(err), octopus.IsUnavailable(err))
			}
		}
	}
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	for _, code := range []int{301, 302, 303, 304, 307, 308} {
		synctest.Test(t, func(t *testing.T) {
			api := newFakeAPI()
			api.always[walletsPath] = reply(code, "", "Location", "https://elsewhere.example.com/steal?x=y")
			_, err := api.client(t).Wallets(t.Context())
			if err == nil || !strings.Contains(err.Error(), "redirects are not followed") || !strings.Contains(err.Error(), "https://elsewhere.example.com)") {
				t.Errorf("%d: error is %v", code, err)
			}
			if len(api.seen) != 2 {
				t.Errorf("%d: %d requests, want the login and one read", code, len(api.seen))
			}
		})
	}
	synctest.Test(t, func(t *testing.T) {
		api := newFakeAPI()
		api.always[loginPath] = reply(307, "", "Location", "\x00:bad")
		if _, err := api.client(t).Wallets(t.Context()); err == nil || !strings.Contains(err.Error(), "redirects are not followed") || len(api.seen) != 1 {
			t.Errorf("login: %d requests, error %v", len(api.seen), err)
		}
	})
}

func TestDecodeEnvelope(t *testing.T) {
	for body, want := range map[string][3]string{
		`{"error":{"name":"N","code":"C","message":"M"}}`:          {"N", "C", "M"},
		`{"error":{"name":"N","code":4001,"message":null,"x":{}}}`: {"N", "4001", ""},
		`{"error":"just text"}`:                                    {"", "", "just text"},
		`{"message":"at the top"}`:                                 {"", "", "at the top"},
		`{"error":{"code":"C"},"message":"at the top"}`:            {"", "C", "at the top"},
		`{"error":null}`:                                           {},
		`{"error":[1]}`:                                            {},
		`[]`:                                                       {},
		`<html>`:                                                   {},
		``:                                                         {},
		`{"error":{"name":"N"`:                                     {},
		`{"error":{"name":["N"],"code":true,"message":1}}`: {"", "", "1"},
	} {
		name, code, message := octopus.DecodeEnvelope([]byte(body))
		if got := [3]string{name, code, message}; got != want {
			t.Errorf("%s gives %q, want %q", body, got, want)
		}
	}
}

func TestServerTextsAreMadeFit(t *testing.T) {
	tests := []struct {
		text  string
		limit int
		want  string
	}{
		{"plain", 10, "plain"},
		{"two\r\nlines\x1b[31m", 20, "two  lines [31m"},
		{"with s3cret in it", 99, "with <redacted> in it"},
		{"s3cret-longer and s3cret", 99, "<redacted> and <redacted>"},
		{"cut in s3cret", 10, "cut in <re…"},
		{"bad \xff bytes", 99, "bad \uFFFD bytes"},
		{"žluťoučký", 3, "žlu…"},
		{"key of 3 letters is left: abc", 99, "key of 3 letters is left: abc"},
	}
	for _, tt := range tests {
		if got := octopus.ScrubLine(tt.text, tt.limit, "s3cret", "s3cret-longer", "abc"); got != tt.want {
			t.Errorf("%q becomes %q, want %q", tt.text, got, tt.want)
		}
	}
}

func TestTheClientsOwnClockIsUsed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Date(2030, 5, 5, 0, 0, 0, 0, time.UTC)
		api := newFakeAPI()
		c := api.client(t, func(c *octopus.Config) {
			c.Now = func() time.Time { return start.Add(time.Since(time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC))) }
		})
		if got := mustWallets(t.Context(), t, c).SentAt; got != start {
			t.Errorf("as of %s, want %s", got, start)
		}
	})
}
