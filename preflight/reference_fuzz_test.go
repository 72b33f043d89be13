package preflight_test

import (
	"bytes"
	"strings"
	"testing"

	"walletwatch/preflight"
)

const documented = `{
  "account": "default",
  "api": "api.octopuscards.io",
  "client_reference": "walletwatch-preflight-2abc",
  "product_id": 7,
  "denomination": "10",
  "quantity": 1,
  "created_at": "2026-11-23T12:00:00Z",
  "done": true,
  "order_id": "12",
  "status": "DELIVERED"
}
`

func FuzzDecodeReference(f *testing.F) {
	f.Add([]byte(documented))
	f.Fuzz(func(t *testing.T, text []byte) {
		again, err := preflight.DecodeReference(text)
		if err != nil {
			if len(err.Error()) > 200 {
				t.Errorf("an error of %d bytes: %v", len(err.Error()), err)
			}
			return
		}
		twice, err := preflight.DecodeReference(again)
		if err != nil || !bytes.Equal(again, twice) {
			t.Errorf("%q was read and written as %q, then %q, %v", text, again, twice, err)
		}
	})
}

func TestDecodeReference(t *testing.T) {
	if again, err := preflight.DecodeReference([]byte(documented)); err != nil || string(again) != documented {
		t.Errorf("it became %s, %v", again, err)
	}
	for old, spoilt := range map[string]string{
		`"walletwatch-preflight-2abc"`: `""`, `preflight-2abc`: "pre\\nflight", `"product_id": 7`: `"product_id": 0`, `"10"`: `"-10"`,
		`"quantity": 1`: `"quantity": -1`, `"account": "default"`: `"account": ""`, `"api": "api.octopuscards.io"`: `"api": ""`,
		`2026-11-23T12:00:00Z`: `today`, `"done"`: `"finished"`, "}\n": "}{}",
	} {
		text := strings.Replace(documented, old, spoilt, 1)
		if _, err := preflight.DecodeReference([]byte(text)); err == nil {
			t.Errorf("it was accepted with %s", spoilt)
		}
	}
}
