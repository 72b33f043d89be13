package ingest

import (
	"crypto/sha256"
	"crypto/subtle"
	"log/slog"
	"sync"
	"time"

	"walletwatch/secret"
)

// keyAge is how long secrets are used before they are read again: reading a file for every request is too slow.
const keyAge = time.Second

// keyring holds the secrets that are valid for one purpose: usually one, two while one replaces the other. It is
// safe for concurrent use.
type keyring struct {
	purpose string // names it in logs
	value   secret.Value
	now     func() time.Time
	logger  *slog.Logger

	mu       sync.Mutex
	readAt   time.Time // zero: not read yet
	keys     []string
	digests  [][sha256.Size]byte // of keys
	err      error
	failures occasional
}

func newKeyring(purpose string, value secret.Value, now func() time.Time, logger *slog.Logger) *keyring {
	return &keyring{purpose: purpose, value: value, now: now, logger: logger}
}

// isSet reports whether a secret was configured at all.
func (k *keyring) isSet() bool { return k.value.IsSet() }

// secrets returns the valid secrets, at most keyAge old; the caller must not change the slice. An error means that
// they cannot be read now; it was logged, at most once a minute.
func (k *keyring) secrets() ([]string, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.refresh()
	return k.keys, k.err
}

// holds reports whether token is one of the secrets, in a time that does not tell which one it resembles. Errors are
// those of secrets.
func (k *keyring) holds(token string) (bool, error) {
	k.mu.Lock()
	k.refresh()
	digests, err := k.digests, k.err
	k.mu.Unlock()
	if err != nil {
		return false, err
	}
	sum, found := sha256.Sum256([]byte(token)), 0
	for i := range digests {
		found |= subtle.ConstantTimeCompare(sum[:], digests[i][:])
	}
	return found == 1, nil
}

// refresh reads the secrets when they are too old. A clock that was set back counts as too old.
func (k *keyring) refresh() {
	now := k.now()
	if age := now.Sub(k.readAt); !k.readAt.IsZero() && age >= 0 && age < keyAge {
		return
	}
	k.readAt = now
	k.keys, k.err = k.value.RevealAll()
	k.digests = nil
	if k.err != nil {
		if missed, ok := k.failures.due(now); ok {
			k.logger.Error("reading a secret failed: requests that need it are answered with 503",
				"secret", k.purpose, "error", k.err, "times_before", missed)
		}
		return
	}
	for _, key := range k.keys {
		k.digests = append(k.digests, sha256.Sum256([]byte(key)))
	}
}
