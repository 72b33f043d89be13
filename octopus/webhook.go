package octopus

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// Sign returns what the vendor puts into X-Signature for a body: its HMAC-SHA256 under the shared secret, in hex.
func Sign(secret string, body []byte) string {
	return hex.EncodeToString(sum(secret, body))
}

// Verify reports whether signature is that of body under one of the secrets. Hex may be of either case, and a
// leading "sha256=" is tolerated. An empty secret signs nothing. Every secret is tried and each comparison takes
// the same time, so that how long it takes says nothing of a secret, or of which one it was.
func Verify(body []byte, signature string, secrets []string) bool {
	given, err := hex.DecodeString(strings.TrimPrefix(signature, "sha256="))
	if err != nil {
		return false
	}
	verified := false
	for _, secret := range secrets {
		same := hmac.Equal(given, sum(secret, body))
		verified = verified || same && secret != ""
	}
	return verified
}

func sum(secret string, body []byte) []byte {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(body)
	return mac.Sum(nil)
}
