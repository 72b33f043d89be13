package octopustest_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"walletwatch/octopus/octopustest"
)

func TestLoginAnswersInTheEnvelopeOfAuth(t *testing.T) {
	clock := &manual{t: noon()}
	s := octopustest.New(octopustest.Config{Now: clock.Now})
	got := calling(t, s).login()
	if !got.Success || got.Data.AccessToken == "" || got.Data.RefreshToken == "" || got.Data.AccessToken == got.Data.RefreshToken {
		t.Errorf("login answered %+v", got)
	}
	equal(t, "client", got.Data.ClientID, 42)
	equal(t, "access expires", got.Data.AccessExpiresAt, noon().Add(time.Hour))
	equal(t, "refresh expires", got.Data.RefreshExpiresAt, noon().Add(7*24*time.Hour))
}

func TestLoginRefused(t *testing.T) {
	for _, c := range []struct {
		name, body string
		status     int
		errName    string
		code       string
	}{
		{"wrong secret", `{"username":"demo-key","password":"x"}`, 401, "UnauthorizedError", "INVALID_CREDENTIALS"},
		{"wrong key", `{"username":"x","password":"demo-secret"}`, 401, "UnauthorizedError", "INVALID_CREDENTIALS"},
		{"no password", `{"username":"demo-key"}`, 400, "ValidationException", "VALIDATION_ERROR"},
		{"not JSON", `username=demo-key`, 400, "BadRequestError", "INVALID_JSON"},
		{"trailing text", credentials + "x", 400, "BadRequestError", "INVALID_JSON"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := octopustest.New(octopustest.Config{})
			calling(t, s).do("POST", "/auth/login", c.body).refused(t, c.status, c.errName, c.code)
		})
	}
}

func TestConfiguredAndChangedCredentials(t *testing.T) {
	s := octopustest.New(octopustest.Config{Key: "k", Secret: "s"})
	c := calling(t, s)
	c.want(401, "POST", "/auth/login", credentials)
	c.want(200, "POST", "/auth/login", `{"username":"k","password":"s"}`)
	s.SetCredentials("k", "rotated")
	c.want(401, "POST", "/auth/login", `{"username":"k","password":"s"}`)
	c.want(200, "POST", "/auth/login", `{"username":"k","password":"rotated"}`)
}

func TestEveryRouteButAuthNeedsAToken(t *testing.T) {
	s := octopustest.New(octopustest.Config{})
	for _, route := range s.Routes() {
		method, path, _ := strings.Cut(route, " ")
		path = strings.ReplaceAll(path, ":id", "1")
		if strings.HasPrefix(path, "/auth/") {
			continue
		}
		c := calling(t, s)
		c.do(method, path, "{}").refused(t, 401, "UnauthorizedError", "TOKEN_MISSING")
		c.do(method, path, "{}", "Authorization", "Basic eA==").refused(t, 401, "UnauthorizedError", "TOKEN_MISSING")
		c.token = "made-up"
		c.do(method, path, "{}").refused(t, 401, "UnauthorizedError", "TOKEN_INVALID")
	}
}

func TestAccessTokenExpiresByTheClock(t *testing.T) {
	clock := &manual{t: noon()}
	s := octopustest.New(octopustest.Config{Now: clock.Now, AccessTTL: 10 * time.Minute})
	c := loggedIn(t, s)
	clock.add(10*time.Minute - time.Nanosecond)
	c.get("/api/v1/wallets")
	clock.add(time.Nanosecond)
	c.do("GET", "/api/v1/wallets", "").refused(t, 401, "UnauthorizedError", "TOKEN_EXPIRED")
}

func refreshBody(token string) string { return fmt.Sprintf(`{"refresh_token":%q}`, token) }

func TestRefreshRotates(t *testing.T) {
	clock := &manual{t: noon()}
	s := octopustest.New(octopustest.Config{Now: clock.Now})
	c := calling(t, s)
	first := c.login().Data
	clock.add(55 * time.Minute)
	second := decode[loginReply](t, c.want(200, "POST", "/auth/refresh", refreshBody(first.RefreshToken))).Data
	equal(t, "new expiry", second.AccessExpiresAt, noon().Add(115*time.Minute))

	c.do("POST", "/auth/refresh", refreshBody(first.RefreshToken)).refused(t, 401, "UnauthorizedError", "INVALID_REFRESH_TOKEN")
	clock.add(30 * time.Minute)
	c.token = first.AccessToken
	c.want(401, "GET", "/api/v1/wallets", "")
	c.token = second.AccessToken
	c.get("/api/v1/wallets")
	c.want(200, "POST", "/auth/refresh", refreshBody(second.RefreshToken))
}

func TestRefreshRefused(t *testing.T) {
	clock := &manual{t: noon()}
	s := octopustest.New(octopustest.Config{Now: clock.Now})
	c := calling(t, s)
	token := c.login().Data.RefreshToken
	clock.add(7 * 24 * time.Hour)
	c.do("POST", "/auth/refresh", refreshBody(token)).refused(t, 401, "UnauthorizedError", "INVALID_REFRESH_TOKEN")
	c.do("POST", "/auth/refresh", refreshBody("made-up")).refused(t, 401, "UnauthorizedError", "INVALID_REFRESH_TOKEN")
	c.do("POST", "/auth/refresh", "{}").refused(t, 400, "ValidationException", "VALIDATION_ERROR")
}

func TestLogoutEndsEveryToken(t *testing.T) {
	s := octopustest.New(octopustest.Config{})
	c, other := calling(t, s), loggedIn(t, s)
	mine := c.login().Data
	c.do("POST", "/auth/logout", "").refused(t, 401, "UnauthorizedError", "TOKEN_MISSING")
	other.get("/api/v1/wallets")

	c.token = mine.AccessToken
	c.want(200, "POST", "/auth/logout", "")
	c.want(401, "GET", "/api/v1/wallets", "")
	other.want(401, "GET", "/api/v1/wallets", "")
	c.want(401, "POST", "/auth/refresh", refreshBody(mine.RefreshToken))
}

func TestTokensRevokedFromOutside(t *testing.T) {
	s := octopustest.New(octopustest.Config{})
	c := calling(t, s)
	pair := c.login().Data
	c.token = pair.AccessToken
	s.RevokeAccess()
	c.want(401, "GET", "/api/v1/wallets", "")
	pair = decode[loginReply](t, c.want(200, "POST", "/auth/refresh", refreshBody(pair.RefreshToken))).Data
	c.token = pair.AccessToken
	c.get("/api/v1/wallets")
	s.RevokeTokens()
	c.want(401, "GET", "/api/v1/wallets", "")
	c.want(401, "POST", "/auth/refresh", refreshBody(pair.RefreshToken))
}
