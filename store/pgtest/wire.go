package pgtest

import (
	"io"
	"net"
	"sync"
	"sync/atomic"
	"testing"
)

// Wire stands between clients and a server, and breaks when it is told to. It is safe for concurrent use.
type Wire struct {
	listener net.Listener
	server   string
	carries  atomic.Int64 // how many more bytes to the server
	silences atomic.Int64
	answers  atomic.Pointer[func([]byte)]

	mu      sync.Mutex
	changed sync.Cond // what is below has
	open    map[net.Conn]bool
	refuses bool
	holds   bool
}

// NewWire makes a wire to a server that lasts until the test ends. It carries whatever it is given.
func NewWire(t testing.TB, server string) *Wire {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &Wire{listener: l, server: server, open: map[net.Conn]bool{}}
	w.changed.L = &w.mu
	w.Carry(1 << 62)
	done := make(chan struct{})
	go func() {
		defer close(done)
		w.accept()
	}()
	t.Cleanup(func() {
		l.Close()
		<-done
		w.Mend()
		w.Cut()
	})
	return w
}

// Address is where clients find the wire.
func (w *Wire) Address() string { return w.listener.Addr().String() }

// Carry lets the wire carry so many more bytes to the server, and break then.
func (w *Wire) Carry(bytes int64) { w.carries.Store(bytes) }

// Cut breaks every connection there is.
func (w *Wire) Cut() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.cut()
}

// cut wants the lock held.
func (w *Wire) cut() {
	for c := range w.open {
		c.Close()
	}
	clear(w.open)
	w.changed.Broadcast()
}

// Refuse breaks every connection and takes no new one until Mend.
func (w *Wire) Refuse() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.refuses = true
	w.cut()
}

// Hold carries nothing any more and says nothing of it, as a network does that has failed. What is held, the ends of
// connections too, goes on with Mend.
func (w *Wire) Hold() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.holds = true
}

// Mend ends Refuse and Hold.
func (w *Wire) Mend() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.refuses, w.holds = false, false
	w.changed.Broadcast()
}

// Answers has f called with every piece of the server's answers before it goes on to the client, which waits meanwhile.
// Calls may overlap. nil: nobody is called any more.
func (w *Wire) Answers(f func([]byte)) {
	if f == nil {
		w.answers.Store(nil)
		return
	}
	w.answers.Store(&f)
}

// Silence loses whatever is given to the connections there are, without a word to either end. New ones work.
func (w *Wire) Silence() { w.silences.Add(1) }

func (w *Wire) accept() {
	for {
		client, err := w.listener.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", w.server)
		if err != nil || !w.join(client, server) {
			client.Close()
			if server != nil {
				server.Close()
			}
			continue
		}
		go w.pass(server, &counted{Conn: client, wire: w, born: w.silences.Load()}, client, nil)
		go w.pass(client, server, server, &w.answers)
	}
}

// join makes the two ends of a connection known. It reports false while the wire refuses.
func (w *Wire) join(client, server net.Conn) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.refuses {
		return false
	}
	w.open[client], w.open[server] = true, true
	return true
}

// pass carries what comes from one end to the other, and the end of it.
func (w *Wire) pass(to io.WriteCloser, from io.Reader, end net.Conn, watched *atomic.Pointer[func([]byte)]) {
	piece := make([]byte, 32<<10)
	for {
		n, err := from.Read(piece)
		if watched != nil && n > 0 {
			if f := watched.Load(); f != nil {
				(*f)(piece[:n])
			}
		}
		w.wait(end)
		if n > 0 {
			if _, failed := to.Write(piece[:n]); failed != nil {
				err = failed
			}
		}
		if err != nil {
			break
		}
	}
	to.Close()
	w.mu.Lock()
	defer w.mu.Unlock()
	end.Close()
	delete(w.open, end)
}

// wait returns when the wire holds nothing, or the connection has been cut.
func (w *Wire) wait(end net.Conn) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for w.holds && w.open[end] {
		w.changed.Wait()
	}
}

// counted reads what clients send until the wire breaks.
type counted struct {
	net.Conn
	wire *Wire
	born int64 // after so many silences
}

// Read reads, unless the wire carries no more.
func (c *counted) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if c.wire.carries.Add(-int64(n)) < 0 {
		c.wire.Cut()
		return 0, io.ErrClosedPipe
	}
	if c.wire.silences.Load() > c.born {
		return 0, err
	}
	return n, err
}
