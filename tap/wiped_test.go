package tap_test

import (
	"bytes"
	"testing"

	"walletwatch/tap"
)

func TestCopiesAreOverwritten(t *testing.T) {
	var pieces [][]byte
	for range 200 {
		pieces = append(pieces, []byte(`{"pin_code":"1234"}`))
	}
	arrays := tap.Wiped(pieces...)
	for i, array := range arrays {
		if len(array) != (i+1)*len(pieces[0]) {
			t.Fatalf("after %d pieces the copy had %d bytes", i+1, len(array))
		}
		if len(bytes.Trim(array, "\x00")) > 0 {
			t.Fatalf("the array after piece %d still holds %q", i+1, array)
		}
	}
}
