package octopus_test

import (
	"strings"
	"testing"
	"time"

	"walletwatch/octopus"
)

func TestDecodeSession(t *testing.T) {
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	tests := []struct {
		name, body string
		expires    time.Duration // from now
		renewAt    time.Duration
		refresh    string
		wantErr    string
	}{
		{name: "as documented", body: `{"success":true,"data":{"access_token":"aaaa","refresh_token":"rrrr","access_expires_at":"2026-11-23T13:00:00Z","refresh_expires_at":"2026-11-30T12:00:00Z","client_id":42}}`,
			expires: time.Hour, renewAt: 55 * time.Minute, refresh: "rrrr"},
		{name: "zone and fraction", body: `{"success":true,"data":{"access_token":"aaaa","access_expires_at":"2026-11-23T14:00:00.000+01:00"}}`,
			expires: time.Hour, renewAt: 55 * time.Minute},
		{name: "Unix seconds", body: `{"success":true,"data":{"access_token":"aaaa","access_expires_at":1795438800}}`,
			expires: time.Hour, renewAt: 55 * time.Minute},
		{name: "Unix seconds in quotes", body: `{"success":true,"data":{"access_token":"aaaa","access_expires_at":"1795438800"}}`,
			expires: time.Hour, renewAt: 55 * time.Minute},
		{name: "milliseconds are not seconds", body: `{"success":true,"data":{"access_token":"aaaa","access_expires_at":1795438800000}}`,
			expires: 5 * time.Minute, renewAt: 270 * time.Second},
		{name: "no expiry", body: `{"success":true,"data":{"access_token":"aaaa"}}`, expires: 5 * time.Minute, renewAt: 270 * time.Second},
		{name: "no success field", body: `{"data":{"access_token":"aaaa"}}`, expires: 5 * time.Minute, renewAt: 270 * time.Second},
		{name: "refresh token that cannot be one", body: `{"success":true,"data":{"access_token":"aaaa","refresh_token":"r\nr"}}`,
			expires: 5 * time.Minute, renewAt: 270 * time.Second},
		{name: "success false", body: `{"success":false,"error":{"code":"LOCKED","message":"account locked"}}`, wantErr: "LOCKED, account locked"},
		{name: "success false with a token", body: `{"success":false,"data":{"access_token":"aaaa"}}`, wantErr: "success: false"},
		{name: "no token", body: `{"success":true,"data":{}}`, wantErr: "access_token"},
		{name: "no data", body: `{"success":true}`, wantErr: "access_token"},
		{name: "bare", body: `{"access_token":"aaaa"}`, wantErr: "access_token"},
		{name: "token with a line break", body: `{"success":true,"data":{"access_token":"a\r\nX-Evil: 1"}}`, wantErr: "access_token"},
		{name: "token of a wrong type", body: `{"success":true,"data":{"access_token":5}}`, wantErr: "data.access_token"},
		{name: "endless token", body: `{"success":true,"data":{"access_token":"` + strings.Repeat("a", 20000) + `"}}`, wantErr: "access_token"},
		{name: "list", body: `[]`, wantErr: "is a list"},
		{name: "null", body: `null`, wantErr: "is null"},
		{name: "page", body: `<!DOCTYPE html>`, wantErr: "web page"},
		{name: "empty", body: ``, wantErr: "empty"},
		{name: "cut off", body: `{"success":true,"data":{"access_tok`, wantErr: "broken JSON"},
		{name: "trailing", body: `{"success":true,"data":{"access_token":"aaaa"}} x`, wantErr: "broken JSON"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			access, refresh, expires, renewAt, err := octopus.DecodeSession([]byte(tt.body), now)
			if tt.wantErr != "" {
				if err == nil || !strings.Contains(err.Error(), tt.wantErr) {
					t.Errorf("error is %v, want one with %q", err, tt.wantErr)
				}
				return
			}
			if err != nil || access != "aaaa" || refresh != tt.refresh {
				t.Errorf("got %q, %q, %v", access, refresh, err)
			}
			if expires.Sub(now) != tt.expires || renewAt.Sub(now) != tt.renewAt {
				t.Errorf("expires in %s, renewed in %s; want %s and %s", expires.Sub(now), renewAt.Sub(now), tt.expires, tt.renewAt)
			}
		})
	}
}
