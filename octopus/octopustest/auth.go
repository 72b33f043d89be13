package octopustest

import (
	"net/http"
	"strings"
	"time"
)

type tokenPair struct {
	AccessToken      string `json:"access_token"`
	RefreshToken     string `json:"refresh_token"`
	AccessExpiresAt  string `json:"access_expires_at"`
	RefreshExpiresAt string `json:"refresh_expires_at"`
	ClientID         int64  `json:"client_id"`
}

// wrapped is the envelope that only /auth/* uses.
func wrapped(data any) *Answer {
	return encoded(http.StatusOK, struct {
		Success bool `json:"success"`
		Data    any  `json:"data"`
	}{true, data})
}

func (s *Server) login(r *http.Request) (*Answer, *apiError) {
	var body struct {
		Username string `json:"username"`
		Password string `json:"password"`
	}
	if err := decodeBody(r, &body); err != nil {
		return nil, err
	}
	if body.Username == "" || body.Password == "" {
		return nil, invalid("username and password are required")
	}
	pair, ok := s.tokens.login(body.Username, body.Password, s.cfg.Now())
	if !ok {
		return nil, unauthorized("INVALID_CREDENTIALS", "Invalid credentials")
	}
	return wrapped(pair), nil
}

func (s *Server) refresh(r *http.Request) (*Answer, *apiError) {
	token, err := refreshToken(r)
	if err != nil {
		return nil, err
	}
	pair, ok := s.tokens.rotate(token, s.cfg.Now())
	if !ok {
		return nil, unauthorized("INVALID_REFRESH_TOKEN", "Invalid or expired refresh token")
	}
	return wrapped(pair), nil
}

// logout revokes every token of the client. How the vendor knows the client is not documented: here a valid
// access token does.
func (s *Server) logout(r *http.Request) (*Answer, *apiError) {
	if err := s.tokens.check(r.Header.Get("Authorization"), s.cfg.Now()); err != nil {
		return nil, err
	}
	s.tokens.revoke()
	return wrapped(struct{}{}), nil
}

func refreshToken(r *http.Request) (string, *apiError) {
	var body struct {
		RefreshToken string `json:"refresh_token"`
	}
	if err := decodeBody(r, &body); err != nil {
		return "", err
	}
	if body.RefreshToken == "" {
		return "", invalid("refresh_token is required")
	}
	return body.RefreshToken, nil
}

// RevokeTokens ends every access and refresh token, as a logout elsewhere does.
func (s *Server) RevokeTokens() { s.tokens.revoke() }

// RevokeAccess ends every access token; refresh tokens stay valid.
func (s *Server) RevokeAccess() { s.tokens.revokeAccess() }

// SetCredentials changes what the next login must present. Tokens that were handed out stay valid.
func (s *Server) SetCredentials(key, secret string) { s.tokens.setCredentials(key, secret) }

// bearer returns the token of an Authorization header; "" if there is none.
func bearer(header string) string {
	scheme, token, _ := strings.Cut(header, " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(token)
}

func rfc3339(t time.Time) string { return t.UTC().Format(time.RFC3339) }
