package octopus_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"walletwatch/octopus"
)

// FuzzDecodeEvent compares with encoding/json: the same bodies are accepted, and they say the same.
func FuzzDecodeEvent(f *testing.F) {
	f.Add([]byte(`{"id":"evt_1","type":"wallet.debited","created_at":"2026-11-23T12:00:00Z","data":{"wallet_id":1,"amount":-5.5}}`))
	f.Add([]byte(`{"id":"a","\u0069d":"b","type":"t"}`))
	f.Add([]byte(` {"type":"t","id":"a","data":[{"x":"\\\"","y":[{}, [ ]]} , null],"x":-1.5e3 } `))
	f.Fuzz(func(t *testing.T, body []byte) {
		original := bytes.Clone(body)
		got, err := octopus.DecodeEvent(body)
		if !bytes.Equal(body, original) {
			t.Fatal("decoding changed the body")
		}
		want, ok := decodeByTheBook(body)
		if ok != (err == nil) {
			t.Fatalf("%q gives %+v, %v; encoding/json gives %+v, %t", body, got, err, want, ok)
		}
		if err != nil {
			if text := err.Error(); got != nil || len(text) > 100 || !utf8.ValidString(text) {
				t.Fatalf("%q gives %+v and the error %q", body, got, text)
			}
			return
		}
		if got.ID != want.ID || got.Type != want.Type || !got.CreatedAt.Equal(want.CreatedAt) || !bytes.Equal(got.Data, want.Data) {
			t.Fatalf("%q gives %+v, encoding/json gives %+v", body, got, want)
		}
	})
}

// decodeByTheBook is DecodeEvent once more, written with encoding/json.
func decodeByTheBook(body []byte) (e octopus.Event, ok bool) {
	var members map[string]json.RawMessage
	if !utf8.Valid(body) || json.Unmarshal(body, &members) != nil || members == nil || keyTwice(json.NewDecoder(bytes.NewReader(body))) {
		return e, false
	}
	var id, kind string
	if json.Unmarshal(members["id"], &id) != nil || json.Unmarshal(members["type"], &kind) != nil {
		return e, false
	}
	if !isPrintable(id, 255) || !isPrintable(kind, 100) {
		return e, false
	}
	if text, said := members["created_at"]; said && string(text) != "null" {
		var created string
		if json.Unmarshal(text, &created) != nil {
			return e, false
		}
		at, err := time.Parse(time.RFC3339, created)
		if err != nil {
			return e, false
		}
		e.CreatedAt = at
	}
	e.ID, e.Type = id, kind
	if string(members["data"]) != "null" {
		e.Data = members["data"]
	}
	return e, true
}

func isPrintable(s string, most int) bool {
	return s != "" && len(s) <= most && strings.IndexFunc(s, func(r rune) bool { return r < ' ' || r > '~' }) < 0
}

// keyTwice reports whether an object in the next value has a key twice.
func keyTwice(d *json.Decoder) bool {
	opening, err := d.Token()
	if err != nil {
		return false
	}
	delim, nested := opening.(json.Delim)
	if !nested {
		return false
	}
	keys, twice := map[string]bool{}, false
	for d.More() {
		if delim == '{' {
			key, _ := d.Token()
			text := fmt.Sprint(key)
			twice = twice || keys[text]
			keys[text] = true
		}
		twice = keyTwice(d) || twice
	}
	_, _ = d.Token()
	return twice
}

// FuzzVerify: nothing verifies but what Sign made of this body with this secret.
func FuzzVerify(f *testing.F) {
	f.Add([]byte(`{"id":"evt_1"}`), "sha256=00ff", "secret", uint16(3))
	f.Add([]byte(""), "", "", uint16(0))
	f.Fuzz(func(t *testing.T, body []byte, signature, secret string, at uint16) {
		good := octopus.Sign(secret, body)
		given := strings.ToLower(strings.TrimPrefix(signature, "sha256="))
		if octopus.Verify(body, signature, []string{secret}) != (given == good && secret != "") {
			t.Fatalf("%q verifies %q wrongly under %q", signature, body, secret)
		}
		if secret == "" {
			return
		}
		if !octopus.Verify(body, good, []string{"another", secret}) || octopus.Verify(body, good, []string{secret + "x", "x" + secret}) {
			t.Fatalf("the signature of %q under %q is judged wrongly", body, secret)
		}
		if len(body) > 0 {
			changed := bytes.Clone(body)
			changed[int(at)%len(body)] ^= byte(at>>8) | 1
			if octopus.Verify(changed, good, []string{secret}) {
				t.Fatalf("%q verifies as %q", changed, body)
			}
		}
	})
}
