package ingest_test

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"io"
	"net"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"walletwatch/wallet"
)

// canary is a secret that tests look for in memory. It is kept in a masked form only, or the search would find
// itself.
type canary struct{ masked []byte }

const canarySize, mask = 32, 0x5a

func newCanary() canary {
	raw := make([]byte, canarySize/2)
	_, _ = rand.Read(raw)
	c := canary{make([]byte, canarySize)}
	hex.Encode(c.masked, raw)
	clear(raw)
	for i := range c.masked {
		c.masked[i] ^= mask
	}
	return c
}

// appendTo writes the canary itself.
func (c canary) appendTo(b []byte) []byte {
	for _, m := range c.masked {
		b = append(b, m^mask)
	}
	return b
}

// in reports whether text holds the canary.
func (c canary) in(text []byte) bool {
	plain := c.appendTo(nil)
	defer clear(plain)
	return bytes.Contains(text, plain)
}

// expand replaces every "$1" … in a template by a canary. The result is all that holds them, and must be wiped.
func expand(template string, canaries []canary) []byte {
	out := make([]byte, 0, len(template)+canarySize*strings.Count(template, "$"))
	for i := 0; i < len(template); i++ {
		if template[i] == '$' {
			i++
			out = canaries[template[i]-'1'].appendTo(out)
			continue
		}
		out = append(out, template[i])
	}
	return out
}

// canaryRequests are bodies with the canaries wherever the vendor puts secrets: $1 a code, $2 a PIN, $3 a claim link.
func canaryRequests() (requests []struct{ kind, token, body string }) {
	const vouchers = `"vouchers":[{"card_number":"$1","pin_code":"$2","claim_url":"https://x/$3","voucher_reference_number":"$1"}]`
	const voucher = `{"id":1,"wallet_id":3,"amount":5,"base_currency":"USD","deduction_currency":"USD","status":"DELIVERED",` + vouchers + `}`
	const topup = `{"id":2,"wallet_id":3,"amount":5,"currency":"USD","variant_name":"v","status_text":"pin $2","pin_code":"$2",` + vouchers + `}`
	const esim = `{"id":3,"country_code":"DE","transaction_id":null,"wallet_balance":10,"activation_code":"LPA:1$$1","qr":{"claim_url":["$3","a\n$3"]}}`
	add := func(kind, token, body string) {
		requests = append(requests, struct{ kind, token, body string }{kind, token, body})
	}
	for _, record := range []string{voucher, topup, strings.ReplaceAll(esim, "$$", "$")} {
		add(document, ingestToken, record)
		add(document, ingestToken, "["+record+","+record+"]")
		add(lines, ingestToken, record+"\n"+record)
		add(document, ingestToken, record[:len(record)-1])                                     // cut off
		add(document, ingestToken, strings.Replace(record, `"id":`, `"i$1d":`, 1))             // without an id
		add(lines, ingestToken, record+"\n"+strings.Replace(record, `{`, `{"\u0041$2":x,`, 1)) // an odd key, not JSON
		add(lines, ingestToken, record[:len(record)-1]+strings.Repeat(`,"x":"$3"`, 3000)+"}")  // too long
		add(document, ingestToken, record[:len(record)-1]+strings.Repeat(`,"x":"$3"`, 3000)+"}")
		add(document, "wrong", record)
		add("text/plain", ingestToken, record)
		add(document, ingestToken, record+record)
	}
	add(document, ingestToken, `{"error":{"code":"X","message":"$1"}}`)
	return requests
}

// postRaw sends a request from memory that is wiped afterwards: an http.Client would copy it.
func postRaw(t *testing.T, address, kind, token string, body []byte) string {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	head := "POST /api/v1/orders HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer " + token +
		"\r\nContent-Type: " + kind + "\r\nContent-Length: " + strconv.Itoa(len(body)) + "\r\n\r\n"
	_, _ = io.WriteString(c, head)
	_, _ = c.Write(body) // a refused request need not be read to its end
	answer, _ := io.ReadAll(bufio.NewReader(c))
	return string(answer)
}

// TestVouchersAreGone: after a request and its connection have ended, nothing of its vouchers is in memory, in logs, in
// metrics, in answers or in what was recorded. While a connection lasts, net/http keeps what it read last of it, up to
// 4 KiB, until the next request overwrites that.
func TestVouchersAreGone(t *testing.T) {
	k := newOrderKit(t, nil)
	web := httptest.NewServer(k.handler)
	canaries := []canary{newCanary(), newCanary(), newCanary()}
	var answers strings.Builder
	for _, r := range canaryRequests() {
		body := expand(r.body, canaries)
		answers.WriteString(postRaw(t, web.Listener.Addr().String(), r.kind, r.token, body))
		clear(body)
	}
	if n := strings.Count(answers.String(), " 202 "); n < 10 || n == len(canaryRequests()) {
		t.Errorf("%d of %d requests were taken: the test wants both sorts", n, len(canaryRequests()))
	}
	web.Close()
	found := heapHolds(t, canaries)
	if slices.Contains(found, true) {
		t.Errorf("code, PIN or claim link are in memory: %v", found)
	}
	for what, text := range map[string]string{
		"logs": k.logs.String(), "metrics": gathered(t, k.registry), "answers": answers.String(), "observations": recordedText(k.ledger.list),
	} {
		for i, c := range canaries {
			if c.in([]byte(text)) {
				t.Errorf("secret %d is in the %s", i+1, what)
			}
		}
	}
}

// TestCanariesAreFound: the search finds what is kept, in whatever shape a program would keep it.
func TestCanariesAreFound(t *testing.T) {
	canaries := []canary{newCanary(), newCanary(), newCanary()}
	kept := expand(`{"id":1,"pin_code":"$1"}`, canaries)
	key := string(expand("order/$2", canaries))
	found := heapHolds(t, canaries)
	if !found[0] || !found[1] || found[2] {
		t.Errorf("kept are the first and the second, found %v", found)
	}
	runtime.KeepAlive(kept)
	runtime.KeepAlive(key)
}

// heapHolds reports for each canary whether it is anywhere in the memory that is in use, stacks included.
func heapHolds(t *testing.T, canaries []canary) []bool {
	t.Helper()
	path := filepath.Join(t.TempDir(), "heap")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for range 3 { // twice until a sync.Pool has let go
		runtime.GC()
	}
	debug.WriteHeapDump(f.Fd())
	dump, err := os.ReadFile(path)
	if err != nil || len(dump) < 100_000 {
		t.Fatalf("the dump has %d bytes, %v", len(dump), err)
	}
	found := make([]bool, len(canaries))
	for i, c := range canaries {
		found[i] = c.in(dump)
	}
	return found
}

func gathered(t *testing.T, r *prometheus.Registry) string {
	t.Helper()
	families, err := r.Gather()
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, f := range families {
		b.WriteString(f.String())
	}
	return b.String()
}

func recordedText(list []wallet.Observation) string {
	var b strings.Builder
	for _, o := range list {
		b.WriteString(o.Key + " " + o.Currency + "\n")
	}
	return b.String()
}
