package tap

import (
	"fmt"
	"os"
	"strings"
)

// Token is a Config.Token that never changes.
func Token(text string) func() (string, error) {
	return func() (string, error) { return text, nil }
}

// TokenFile is a Config.Token that is read from a file each time, such as one that a Kubernetes secret is mounted at. The
// first word counts, so the file may be the very one the daemon reads during a rotation, with two tokens in it.
func TokenFile(path string) func() (string, error) {
	return func() (string, error) {
		text, err := os.ReadFile(path)
		if err != nil {
			return "", fmt.Errorf("reading the token: %w", err)
		}
		words := strings.Fields(string(text))
		if len(words) == 0 {
			return "", fmt.Errorf("reading the token: %s is empty", path)
		}
		return words[0], nil
	}
}
