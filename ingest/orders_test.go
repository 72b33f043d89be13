package ingest_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"walletwatch/ingest"
	"walletwatch/secret"
)

func TestOrdersAreTaken(t *testing.T) {
	array := `[ {"id":1} , {"id":2,"status":"FAILED"},{"id":1},{"error":{"code":"X"}},{"id":3,"wallet_id":999},{"id":4,"balance":1} ]`
	tests := []struct{ name, kind, body, answer, keys string }{
		{"one object", document, ` {"id":7,"vouchers":[{"card_number":"x"}]} ` + "\r\n", `{"accepted":1,"ignored":0}`, "order/7"},
		{"with a charset", "Application/JSON; charset=UTF-8", `{"id":7}`, `{"accepted":1,"ignored":0}`, "order/7"},
		{"an error response", document, `{"error":{"code":"INSUFFICIENT_FUNDS"}}`, `{"accepted":0,"ignored":1}`, ""},
		{"an array", document, array, `{"accepted":2,"ignored":4}`, "order/1 order/2 order/1 order/3 order/4"},
		{"an empty array", document, ` [ ] `, `{"accepted":0,"ignored":0}`, ""},
		{"lines", lines, "{\"id\":1}\r\n\n  \n{\"id\":2,\"status\":\"CANCELLED\"}\n {\"error\":{}} \n{\"id\":3}", `{"accepted":2,"ignored":2}`, "order/1 order/2 order/3"},
		{"no lines", lines, "", `{"accepted":0,"ignored":0}`, ""},
		{"the longest line", "application/jsonl", padded(1, 64<<10) + "\r\n" + padded(2, 64<<10) + "\n" + padded(3, 64<<10), `{"accepted":3,"ignored":0}`, "order/1 order/2 order/3"},
		{"the longest line at the end", "application/x-jsonlines", padded(1, 64<<10) + "\r", `{"accepted":1,"ignored":0}`, "order/1"},
		{"the largest body", document, padded(1, 1<<20), `{"accepted":1,"ignored":0}`, "order/1"},
		{"more than a chunk", "application/ndjson", strings.Repeat("{\"id\":5}\n", 401), `{"accepted":1,"ignored":400}`, strings.TrimSpace(strings.Repeat("order/5 ", 401))},
	}
	for _, test := range tests {
		k := newOrderKit(t, nil)
		// The body arrives byte by byte, and whole: where it is cut must not matter.
		expectAnswer(t, test.name, k.post(test.kind, strings.NewReader(test.body)), http.StatusAccepted, test.answer)
		if got := strings.Join(k.ledger.keys("default"), " "); got != test.keys {
			t.Errorf("%s: recorded are %.200s", test.name, got)
		}
		if len(test.body) > 10_000 {
			continue
		}
		again := newOrderKit(t, nil)
		expectAnswer(t, test.name+" byte by byte", again.post(test.kind, iotest.OneByteReader(strings.NewReader(test.body))), http.StatusAccepted, test.answer)
		if got := strings.Join(again.ledger.keys("default"), " "); got != test.keys {
			t.Errorf("%s byte by byte: recorded are %.200s", test.name, got)
		}
	}
}

// padded is an order of exactly size bytes.
func padded(id int, size int) string {
	head := `{"id":` + string(rune('0'+id)) + `,"x":"`
	return head + strings.Repeat("x", size-len(head)-2) + `"}`
}

func problemText(name, code, message, extra string) string {
	return `{` + extra + `"error":{"name":"` + name + `","code":"` + code + `","message":"` + message + `"}}`
}

// TestBadRecords: what stood before a bad record is recorded, nothing after it is, and the answer says so.
func TestBadRecords(t *testing.T) {
	const missing = `\"id\" is missing`
	bad := func(message string) string { return problemText("BadRequestError", "MALFORMED", message, "") }
	tests := []struct {
		name, kind, body string
		status           int
		answer, extra    string // extra stands before and behind the error: keys are sorted
		keys             string
	}{
		{"object", document, `{}`, 400, bad("The body is not an order response: " + missing + "."), `"accepted":0,"ignored":0`, ""},
		{"text", document, `"x"`, 400, bad("The body is not an order response: it is not a JSON object."), `"accepted":0,"ignored":0`, ""},
		{"two objects", document, "{\"id\":1}\n{\"id\":2}", 400, bad("The body is not an order response: more than one object is in it; send one object a line as application/x-ndjson, or an array."), `"accepted":0,"ignored":0`, ""},
		{"rubbish behind", document, `{"id":1}]`, 400, bad("The body is not an order response: it is not valid JSON."), `"accepted":0,"ignored":0`, ""},
		{"an error response and more", document, `{"error":{}}{"id":2}`, 400, bad("The body is not an order response: more than one object is in it; send one object a line as application/x-ndjson, or an array."), `"accepted":0,"ignored":0`, ""},
		{"first element", document, `[{},{"id":1}]`, 400, bad("Element 1 is not an order response: " + missing + ". Mend it or leave it out, and send the rest again from element 2 on."), `"accepted":0,"element":1,"ignored":0`, ""},
		{"second element", document, `[{"id":1},5,{"id":2}]`, 400, bad("Element 2 is not an order response: it is not a JSON object. The element before it was taken; mend it or leave it out, and send the rest again from element 3 on."), `"accepted":1,"element":2,"ignored":0`, "order/1"},
		{"third element", document, `[{"id":1},{"error":{}},{"id":2,}]`, 400, bad("Element 3 is not an order response: it is not valid JSON. The 2 elements before it were taken; mend it or leave it out, and send the rest again from element 4 on."), `"accepted":1,"element":3,"ignored":1`, "order/1"},
		{"comma at the end", document, `[{"id":1},]`, 400, bad("Element 2 is not an order response: it is not valid JSON. The element before it was taken; mend it or leave it out, and send the rest again from element 3 on."), `"accepted":1,"element":2,"ignored":0`, "order/1"},
		{"unfinished array", document, `[{"id":1}`, 400, bad("What follows element 1 is not an order response: it is not valid JSON. The element before it was taken; send the rest again from element 2 on."), `"accepted":1,"element":2,"ignored":0`, "order/1"},
		{"two arrays", document, `[{"id":1}][]`, 400, bad("What follows the array is not an order response: it is not valid JSON. The element before it was taken; send the rest again from element 2 on."), `"accepted":1,"element":2,"ignored":0`, "order/1"},
		{"third line", lines, "{\"id\":1}\n\n{\"idd\":5}\n{\"id\":2}", 400, bad("Line 3 is not an order response: " + missing + ". The 2 lines before it were taken; mend it or leave it out, and send the rest again from line 4 on."), `"accepted":1,"ignored":0,"line":3`, "order/1"},
		{"two on a line", lines, "{\"id\":1} {\"id\":2}\n", 400, bad("Line 1 is not an order response: more than one object is in it; send one object a line as application/x-ndjson, or an array. Mend it or leave it out, and send the rest again from line 2 on."), `"accepted":0,"ignored":0,"line":1`, ""},
		{"last line cut off", lines, "{\"id\":1}\n{\"id\":2", 400, bad("Line 2 is not an order response: it is not valid JSON. The line before it was taken; mend it or leave it out, and send the rest again from line 3 on."), `"accepted":1,"ignored":0,"line":2`, "order/1"},
		{"long line", lines, "{\"id\":1}\n" + padded(2, 64<<10+1) + "\n", 413, problemText("PayloadTooLargeError", "TOO_LARGE", "Line 2 is longer than 64 KiB. The line before it was taken; mend it or leave it out, and send the rest again from line 3 on.", ""), `"accepted":1,"ignored":0,"line":2`, "order/1"},
		{"long last line", lines, padded(2, 64<<10+1), 413, problemText("PayloadTooLargeError", "TOO_LARGE", "Line 1 is longer than 64 KiB. Mend it or leave it out, and send the rest again from line 2 on.", ""), `"accepted":0,"ignored":0,"line":1`, ""},
	}
	for _, test := range tests {
		k := newOrderKit(t, nil)
		w := k.post(test.kind, strings.NewReader(test.body))
		expectAnswer(t, test.name, w, test.status, merged(test.answer, test.extra))
		if got := strings.Join(k.ledger.keys("default"), " "); got != test.keys {
			t.Errorf("%s: recorded are %.200s", test.name, got)
		}
	}
}

// merged puts members into an answer as encoding/json does: sorted by key.
func merged(answer, extra string) string {
	members := append(strings.Split(extra, ","), answer[1:len(answer)-1])
	slices.Sort(members)
	return "{" + strings.Join(members, ",") + "}"
}

// TestRequestsAreRefused goes through the checks in their order: each request is wrong in what follows, too.
func TestRequestsAreRefused(t *testing.T) {
	worst := func() *http.Request {
		r := orderRequest("text/csv", failing{t})
		r.Method = http.MethodGet
		r.Header.Set("Authorization", "Basic "+ingestToken)
		r.URL.RawQuery = "account=none&x=%zz"
		return r
	}
	tests := []struct {
		name   string
		config func(*ingest.Config)
		change func(*http.Request)
		status int
		code   string
		header string
	}{
		{"no token configured", func(c *ingest.Config) { c.Token = secret.Value{} }, func(*http.Request) {}, 404, "NOT_FOUND", ""},
		{"method", nil, func(*http.Request) {}, 405, "METHOD_NOT_ALLOWED", "Allow: POST"},
		{"no bearer token", nil, func(r *http.Request) { r.Method = http.MethodPost }, 401, "UNAUTHORIZED", "Www-Authenticate: Bearer"},
		{"wrong token", nil, func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+ingestToken+"x") }, 401, "UNAUTHORIZED", "Www-Authenticate: Bearer"},
		{"empty token", nil, func(r *http.Request) { r.Header.Set("Authorization", "Bearer ") }, 401, "UNAUTHORIZED", "Www-Authenticate: Bearer"},
		{"account", nil, func(r *http.Request) {
			r.Header.Set("Authorization", "Basic x")
			r.Header.Add("Authorization", "bearer "+ingestToken)
		}, 404, "NOT_FOUND", ""},
		{"account missing", func(c *ingest.Config) { c.Accounts = append(c.Accounts, ingest.Account{Name: "eu"}) }, func(r *http.Request) { r.URL.RawQuery = "account=" }, 400, "ACCOUNT_MISSING", ""},
		{"content type", nil, func(r *http.Request) { r.URL.RawQuery = "account=default&other=1" }, 415, "UNSUPPORTED_MEDIA_TYPE", ""},
		{"no content type", nil, func(r *http.Request) { r.Header.Del("Content-Type") }, 415, "UNSUPPORTED_MEDIA_TYPE", ""},
		{"charset", nil, func(r *http.Request) { r.Header.Set("Content-Type", document+"; charset=latin1") }, 415, "UNSUPPORTED_MEDIA_TYPE", ""},
		{"encoding", nil, func(r *http.Request) {
			r.Header.Set("Content-Type", document)
			r.Header.Set("Content-Encoding", "gzip")
		}, 415, "UNSUPPORTED_MEDIA_TYPE", ""},
		{"announced size", nil, func(r *http.Request) {
			r.Header.Set("Content-Encoding", "identity")
			r.ContentLength = 1<<20 + 1
		}, 413, "TOO_LARGE", ""},
	}
	r := worst()
	for _, test := range tests {
		k := newOrderKit(t, test.config)
		test.change(r)
		w := k.do(r)
		if w.Code != test.status || !strings.Contains(w.Body.String(), `"code":"`+test.code+`"`) {
			t.Errorf("%s: %d %s", test.name, w.Code, w.Body)
		}
		if name, value, ok := strings.Cut(test.header, ": "); ok && w.Header().Get(name) != value {
			t.Errorf("%s: the header %s is %q", test.name, name, w.Header().Get(name))
		}
	}
}

// failing is a body that must not be read.
type failing struct{ t *testing.T }

func (f failing) Read([]byte) (int, error) {
	f.t.Error("the body was read")
	return 0, http.ErrBodyReadAfterClose
}

func TestSizeIsLimitedWithoutAnnouncement(t *testing.T) {
	k := newOrderKit(t, nil)
	w := k.post(document, iotest.HalfReader(strings.NewReader(padded(1, 1<<20+1))))
	expectAnswer(t, "a large body", w, 413, merged(problemText("PayloadTooLargeError", "TOO_LARGE", "The body is larger than 1 MiB: send the orders in several requests, or as application/x-ndjson.", ""), `"accepted":0,"ignored":0`))
	w = k.post(document, strings.NewReader(" \n"))
	expectAnswer(t, "an empty body", w, 400, merged(problemText("BadRequestError", "EMPTY", "The body is empty: send an order response, or an array of them.", ""), `"accepted":0,"ignored":0`))
}

// TestBrokenOff: a body that breaks off is no reason to trust its last, half line.
func TestBrokenOff(t *testing.T) {
	k := newOrderKit(t, nil)
	body := func() *brokenOff { return &brokenOff{strings.NewReader("{\"id\":1}\n{\"id\":2}")} }
	expectAnswer(t, "lines", k.post(lines, body()), 408, merged(problemText("RequestTimeoutError", "BODY_CUT",
		"The body ended before its announced end. The line before it was taken; send the rest again from line 2 on.", ""), `"accepted":1,"ignored":0,"line":2`))
	expectAnswer(t, "document", k.post(document, body()), 408, merged(problemText("RequestTimeoutError", "BODY_CUT", "The body ended before its announced end.", ""), `"accepted":0,"ignored":0`))
	if got := strings.Join(k.ledger.keys("default"), " "); got != "order/1" {
		t.Errorf("recorded are %s", got)
	}
}

type brokenOff struct{ *strings.Reader }

func (b *brokenOff) Read(p []byte) (int, error) {
	if b.Len() == 0 {
		return 0, http.ErrHandlerTimeout
	}
	return b.Reader.Read(p)
}

func TestAccountsAreKeptApart(t *testing.T) {
	k := newOrderKit(t, func(c *ingest.Config) { c.Accounts = append(c.Accounts, ingest.Account{Name: "eu"}) })
	for _, account := range []string{"eu", "default"} {
		r := orderRequest(document, strings.NewReader(`{"id":1}`))
		r.URL.RawQuery = "account=" + account
		expectAnswer(t, account, k.do(r), 202, `{"accepted":1,"ignored":0}`)
	}
	if !slices.Equal(k.ledger.keys("eu"), []string{"order/1"}) || !slices.Equal(k.ledger.keys("default"), []string{"order/1"}) {
		t.Errorf("recorded are %v", k.ledger.byName)
	}
}

func TestConfigIsChecked(t *testing.T) {
	for name, c := range map[string]ingest.Config{
		"no recorder": {Accounts: []ingest.Account{{Name: "a"}}},
		"no account":  {Recorder: &orderLedger{}},
		"no name":     {Recorder: &orderLedger{}, Accounts: []ingest.Account{{}}},
		"twice":       {Recorder: &orderLedger{}, Accounts: []ingest.Account{{Name: "a"}, {Name: "a"}}},
	} {
		if _, err := ingest.New(c); err == nil {
			t.Errorf("%s: a server is made", name)
		}
	}
}
