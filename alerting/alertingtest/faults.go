package alertingtest

import (
	"bytes"
	"io"
	"net/http"
	"sync"
	"time"
)

// mostBody bounds what is read of a request, above every vendor's own limit.
const mostBody = 2 << 20

// Fault is one way to misbehave. The zero value does nothing.
type Fault struct {
	Method string        // Slack: only for this method, such as "chat.update", or "webhook"; "": for every request
	Delay  time.Duration // before anything else
	Hang   bool          // never answer: until the client gives up
	Reset  bool          // cut the connection without an answer
	Drop   bool          // do what was asked, then cut the connection: the answer is lost

	Status      int    // of the answer; 0: 200
	RetryAfter  string // header
	Code        string // Slack: {"ok":false,"error":Code}; a webhook answers it as plain text
	Body        string // of the answer, when Code is empty
	ContentType string // "": application/json for bodies that look like it, else text/html
}

// Faults is a queue of faults. Its zero value is ready to use.
type Faults struct {
	mu     sync.Mutex
	queue  []Fault
	steady *Fault
}

// Next makes each of the coming requests that a fault is for meet one fault, in this order.
func (f *Faults) Next(faults ...Fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.queue = append(f.queue, faults...)
}

// Always makes every request that the fault is for meet it until Heal, once the queue of Next is empty.
func (f *Faults) Always(fault Fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.steady = &fault
}

// Heal ends all faults.
func (f *Faults) Heal() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.queue, f.steady = nil, nil
}

func (f *Faults) take(method string) (Fault, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.queue) > 0 {
		next := f.queue[0]
		if next.Method != "" && next.Method != method {
			return Fault{}, false
		}
		f.queue = f.queue[1:]
		return next, true
	}
	if f.steady != nil && (f.steady.Method == "" || f.steady.Method == method) {
		return *f.steady, true
	}
	return Fault{}, false
}

// serve answers a request through next, unless a fault for method stands in the way. The request's body is read
// first: a server notices only then that a client has given up.
func (f *Faults) serve(method string, w http.ResponseWriter, r *http.Request, next func(http.ResponseWriter, *http.Request, []byte)) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, mostBody))
	if err != nil {
		http.Error(w, "the body is too large or broken", http.StatusRequestEntityTooLarge)
		return
	}
	fault, met := f.take(method)
	if !met {
		next(w, r, body)
		return
	}
	if !fault.wait(r) || fault.Reset {
		panic(http.ErrAbortHandler)
	}
	if fault.Drop {
		next(&unheard{header: http.Header{}}, r, body)
		panic(http.ErrAbortHandler)
	}
	if fault.Status == 0 && fault.Code == "" && fault.Body == "" {
		next(w, r, body)
		return
	}
	fault.answer(method, w)
}

// wait reports whether the client is still there afterwards.
func (f *Fault) wait(r *http.Request) bool {
	if f.Hang {
		<-r.Context().Done()
		return false
	}
	if f.Delay <= 0 {
		return true
	}
	t := time.NewTimer(f.Delay)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-r.Context().Done():
		return false
	}
}

func (f *Fault) answer(method string, w http.ResponseWriter) {
	body, kind := f.Body, f.ContentType
	if f.Code != "" && method == "webhook" {
		body, kind = f.Code, "text/plain"
	} else if f.Code != "" {
		body = `{"ok":false,"error":"` + f.Code + `"}`
	}
	if kind == "" {
		kind = "text/html"
		if bytes.HasPrefix([]byte(body), []byte("{")) {
			kind = "application/json"
		}
	}
	w.Header().Set("Content-Type", kind)
	if f.RetryAfter != "" {
		w.Header().Set("Retry-After", f.RetryAfter)
	}
	if f.Status != 0 {
		w.WriteHeader(f.Status)
	}
	_, _ = io.WriteString(w, body)
}

// unheard takes an answer that nobody will hear.
type unheard struct{ header http.Header }

func (u *unheard) Header() http.Header         { return u.header }
func (u *unheard) Write(b []byte) (int, error) { return len(b), nil }
func (u *unheard) WriteHeader(int)             {}
