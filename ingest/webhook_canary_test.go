package ingest_test

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strconv"
	"testing"

	"walletwatch/octopus"
)

// hookMask hides the canaries that the test must remember from its own search.
const hookMask = 0x5a

// hookCanary appends a text to b that is nowhere else in memory, and returns it masked as well.
func hookCanary(b []byte, name string) (_, masked []byte) {
	start := len(b)
	b = append(append(b, name...), '-')
	for range 24 {
		b = append(b, byte('a'+rand.IntN(26)))
	}
	return b, hookMasked(bytes.Clone(b[start+len(name):]))
}

func hookMasked(b []byte) []byte {
	for i := range b {
		b[i] ^= hookMask
	}
	return b
}

// foundInMemory returns which canaries are in the heap: garbage is collected first, what is still referred to stays.
func foundInMemory(t *testing.T, canaries [][]byte) (found []int) {
	t.Helper()
	for range 3 {
		runtime.GC()
	}
	dump, err := os.Create(filepath.Join(t.TempDir(), "heap"))
	if err != nil {
		t.Fatal(err)
	}
	defer dump.Close()
	debug.WriteHeapDump(dump.Fd())
	all, err := os.ReadFile(dump.Name())
	if err != nil || len(all) < 1<<16 {
		t.Fatalf("the dump has %d bytes: %v", len(all), err)
	}
	hookMasked(all)
	for i, canary := range canaries {
		if bytes.Contains(all, canary) {
			found = append(found, i)
		}
	}
	return found
}

// TestVouchersInWebhooksAreForgotten sends vouchers in events that are taken and in ones that are refused for every
// reason, and looks for them in memory, in the log, in the metrics, in the answers and in what is recorded. In memory it
// looks once the connections have ended: while one lasts, the 4 KiB that net/http reads it through are not ours to wipe.
func TestVouchersInWebhooksAreForgotten(t *testing.T) {
	k := newHookKit(t, nil)
	server := httptest.NewServer(k.handler)
	defer server.Close()
	var canaries [][]byte
	var told bytes.Buffer // the answers
	statuses := map[int]int{}
	for i := range 9 {
		body, masked := voucherEvent(i)
		canaries = append(canaries, masked...)
		r, err := http.NewRequest(http.MethodPost, server.URL+hookPath, bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		spoil(i, k, r, body)
		resp, err := server.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(&told, resp.Body)
		_ = resp.Body.Close()
		statuses[resp.StatusCode]++
		clear(body)
	}
	if statuses[200] != 3 || statuses[400] != 3 || statuses[401] != 2 || statuses[413] != 1 {
		t.Fatalf("the answers are %v", statuses)
	}
	server.Client().CloseIdleConnections()
	server.Close()

	fmt.Fprintf(&told, "%s\n%s\n", k.logs, exposition(t, k))
	for _, o := range k.ledger.recorded() {
		fmt.Fprintf(&told, "%+v\n", o)
	}
	hookMasked(told.Bytes())
	for i, canary := range canaries {
		if bytes.Contains(told.Bytes(), canary) {
			t.Errorf("canary %d is in the log, the metrics, an answer or an observation", i)
		}
	}
	if found := foundInMemory(t, canaries); len(found) > 0 {
		t.Errorf("the canaries %v of %d are in memory", found, len(canaries))
	}
	runtime.KeepAlive(k)
}

// voucherEvent makes an event with a voucher, in a slice of which there is no copy.
func voucherEvent(i int) (body []byte, masked [][]byte) {
	body = make([]byte, 0, 300<<10)
	body = fmt.Appendf(body, `{"id":"evt_%d","type":%q,"data":{"id":%d,"vouchers":[{"card_number":"`,
		i, []string{"order.delivered", "order.failed", "wallet.debited"}[i%3], i)
	for j, name := range []string{`card`, `","pin_code":"pin`, `","claim_url":"https://claim.example.com/\u0063`} {
		masked = append(masked, nil)
		body, masked[j] = hookCanary(body, name)
	}
	if i == 6 { // longer than the first piece of memory that a body gets
		body = append(body, bytes.Repeat([]byte("x"), 20<<10)...)
	}
	return append(body, `"}]}}`...), masked
}

// spoil signs and dates a request, and makes all but some wrong, each in its own way.
func spoil(i int, k *hookKit, r *http.Request, body []byte) {
	timestamp, key := k.clock.Unix(), hookSecret
	switch i {
	case 2:
		key = "guess"
	case 3:
		timestamp -= 1000
	case 4:
		r.Header.Set("X-Event-ID", "evt_other")
	case 5:
		body[len(body)-1] = ' ' // the closing brace
	case 7:
		copy(body, `{"id":"evt_7","id":"evt_7","t`) // a key twice
	case 8:
		body = append(body, bytes.Repeat([]byte(" "), 256<<10)...)
		r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	}
	r.Header.Set("X-Signature", octopus.Sign(key, body))
	r.Header.Set("X-Timestamp", strconv.FormatInt(timestamp, 10))
}

// TestForgottenVouchersWouldBeFound: what is referred to is in the dump.
func TestForgottenVouchersWouldBeFound(t *testing.T) {
	kept, masked := hookCanary(make([]byte, 0, 64), "kept")
	if found := foundInMemory(t, [][]byte{masked}); len(found) != 1 {
		t.Error("the search finds nothing that is in memory")
	}
	clear(kept)
	if found := foundInMemory(t, [][]byte{masked}); len(found) != 0 {
		t.Error("the search finds what is no longer in memory")
	}
	runtime.KeepAlive(kept)
}

// TestWebhookBodiesAreWiped: of a body nothing stays in the memory that it was read into, whatever the answer.
func TestWebhookBodiesAreWiped(t *testing.T) {
	k := newHookKit(t, nil)
	long := []byte(`{"id":"e","type":"order.delivered","data":{"pin_code":"` + string(bytes.Repeat([]byte("1"), 50<<10)) + `"}}`)
	for name, status := range map[string]int{hookSecret: 200, "guess": 401, "too large": 413} {
		body := long
		if status == 413 {
			body = bytes.Repeat(long, 10)
		}
		r := k.signed(hookPath, string(body))
		r.Header.Set("X-Signature", octopus.Sign(name, body))
		watched := &watchedBody{from: bytes.NewReader(body)}
		r.Body, r.ContentLength = io.NopCloser(watched), -1
		if w := k.answer(r); w.Code != status || len(watched.into) < 5 {
			t.Fatalf("after %d reads the answer is %d %s", len(watched.into), w.Code, w.Body)
		}
		for i, piece := range watched.into {
			if len(bytes.Trim(piece, "\x00")) > 0 {
				t.Errorf("answered %d, piece %d of the body is still in memory", status, i)
			}
		}
	}
}

// watchedBody remembers the memory that it is read into.
type watchedBody struct {
	from io.Reader
	into [][]byte
}

func (b *watchedBody) Read(p []byte) (int, error) {
	b.into = append(b.into, p)
	return b.from.Read(p)
}
