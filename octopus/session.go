package octopus

import (
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"time"
)

const (
	// renewAhead is the vendor's advice; a token that lives for less than ten times as long is renewed when a
	// tenth of its life is left.
	renewAhead = 5 * time.Minute

	// assumedLifetime is for a token whose expiry is missing, unreadable or already past by this clock. It only
	// says when to refresh: should the token end earlier, a 401 tells.
	assumedLifetime = 5 * time.Minute

	maxToken = 16 << 10
)

// decodeSession reads the answer to a login or refresh, {"success":true,"data":{…}}, received at now.
func decodeSession(body []byte, now time.Time) (session, error) {
	var reply struct {
		Success *bool `json:"success"`
		Data    struct {
			Access         string  `json:"access_token"`
			AccessExpires  instant `json:"access_expires_at"`
			Refresh        string  `json:"refresh_token"`
			RefreshExpires instant `json:"refresh_expires_at"`
		} `json:"data"`
	}
	if err := checkKind(body, '{', "an object"); err != nil {
		return session{}, err
	}
	if err := json.Unmarshal(body, &reply); err != nil {
		return session{}, plainJSONError(err)
	}
	d := reply.Data
	switch {
	case reply.Success != nil && !*reply.Success:
		return session{}, errors.New(joinNonEmpty("the body says success: false", decodeEnvelope(body)))
	case !isToken(d.Access):
		return session{}, malformed("the body holds no usable access_token")
	}
	s := session{token: token{access: d.Access}, refreshExpires: time.Time(d.RefreshExpires)}
	if isToken(d.Refresh) {
		s.refresh = d.Refresh
	}
	s.expires = time.Time(d.AccessExpires)
	if !s.expires.After(now) {
		s.expires = now.Add(assumedLifetime)
	}
	s.renewAt = s.expires.Add(-min(renewAhead, s.expires.Sub(now)/10))
	return s, nil
}

func joinNonEmpty(text string, e envelope) string {
	for _, part := range []string{e.Name, e.Code, e.Message} {
		if part != "" {
			text += ", " + part
		}
	}
	return text
}

// isToken reports whether s can stand in an Authorization header.
func isToken(s string) bool {
	return s != "" && len(s) <= maxToken && strings.IndexFunc(s, func(r rune) bool { return r <= ' ' || r > '~' }) < 0
}

// instant reads RFC 3339 text or Unix seconds; anything else leaves it zero.
type instant time.Time

func (t *instant) UnmarshalJSON(b []byte) error {
	text := strings.Trim(string(b), `"`)
	if at, err := time.Parse(time.RFC3339, text); err == nil {
		*t = instant(at)
	} else if seconds, err := strconv.ParseInt(text, 10, 64); err == nil && seconds > 0 && seconds <= latestUnix {
		*t = instant(time.Unix(seconds, 0))
	}
	return nil
}

// latestUnix is the end of the year 9999: more cannot be Unix seconds.
const latestUnix = 253402300799
