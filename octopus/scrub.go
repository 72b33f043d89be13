package octopus

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"unicode"
)

const (
	redacted = "<redacted>"

	// shortestSecret keeps a test's one-letter key from turning every message into redactions.
	shortestSecret = 4

	// remembered is how many credentials and how many tokens are kept: the tokens of several days, since a server
	// may quote those that were replaced.
	remembered = 256
)

// scrubber knows the credentials in use and takes them out of texts that others wrote.
type scrubber struct {
	mu          sync.Mutex
	credentials []string // most recent last
	tokens      []string // most recent last; apart, for they change every hour and would crowd out the credentials
}

func (s *scrubber) addCredentials(values ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.credentials = remember(s.credentials, values)
}

func (s *scrubber) addTokens(values ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tokens = remember(s.tokens, values)
}

func remember(have, values []string) []string {
	for _, v := range values {
		if len(v) < shortestSecret {
			continue
		}
		have = slices.DeleteFunc(have, func(old string) bool { return old == v })
		have = append(have, v)
	}
	return have[max(0, len(have)-remembered):]
}

// text returns t with every known secret replaced.
func (s *scrubber) text(t string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	secrets := slices.Concat(s.credentials, s.tokens)
	slices.SortFunc(secrets, func(a, b string) int { return len(b) - len(a) }) // one may be part of another
	for _, v := range secrets {
		t = strings.ReplaceAll(t, v, redacted)
	}
	return t
}

// error returns err, or when its text holds a secret, one that says the rest.
func (s *scrubber) error(err error) error {
	if clean := s.text(err.Error()); clean != err.Error() {
		return errors.New(clean)
	}
	return err
}

// line makes what a server wrote fit to be shown: valid UTF-8, no control characters, no secrets, at most limit
// runes. It scrubs before it cuts, so that no half of a secret is left at the end.
func (s *scrubber) line(t string, limit int) string {
	t = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(t, "\uFFFD"))
	runes := []rune(s.text(strings.TrimSpace(t)))
	if len(runes) <= limit {
		return string(runes)
	}
	return string(runes[:limit]) + "…"
}
