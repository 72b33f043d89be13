package secret_test

import (
	"net/http"
	"slices"
	"testing"

	"walletwatch/secret"
)

func TestBearers(t *testing.T) {
	h := http.Header{"Authorization": {"Basic YTpi", "Bearer one", "bearer  two ", "Bearer", "Bearerthree", ""}}
	if got := secret.Bearers(h); !slices.Equal(got, []string{"one", "two"}) {
		t.Errorf("got %q", got)
	}
}
