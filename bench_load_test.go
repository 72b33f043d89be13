package main

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
)

// firstOrder is below the id of every order that is sent: all have ten digits.
const firstOrder = 1_000_000_000

// letter is a request that is sent over and over, each time with other orders in it.
type letter struct {
	text    []byte
	ids     []int  // where the ids of its orders stand
	wallets []int  // where the ids of their wallets stand
	want    []byte // what the answer must hold
}

// newLetter makes a request of so many orders, all like line.
func newLetter(line []byte, orders int) *letter {
	contentType, body := "application/json", line
	if orders > 1 {
		contentType = "application/x-ndjson"
		body = bytes.Repeat(append(slices.Clone(line), '\n'), orders)
	}
	l := &letter{want: fmt.Appendf(nil, `{"accepted":%d,"ignored":0}`, orders)}
	l.text = append(head(contentType, fmt.Sprintf("Content-Length: %d", len(body))), body...)
	l.ids = placesAfter(l.text, `{"id":`)
	l.wallets = placesAfter(l.text, `"wallet_id":`)
	return l
}

// head is the header of a request that brings orders, with a line that tells how long its body is.
func head(contentType, length string) []byte {
	return fmt.Appendf(nil, "POST /api/v1/orders HTTP/1.1\r\nHost: walletwatch\r\nAuthorization: Bearer %s\r\nContent-Type: %s\r\n%s\r\n\r\n",
		testIngest, contentType, length)
}

func placesAfter(text []byte, name string) []int {
	var places []int
	for at := 0; ; {
		i := bytes.Index(text[at:], []byte(name))
		if i < 0 {
			return places
		}
		at += i + len(name)
		places = append(places, at)
	}
}

// address makes the letter one about the orders after the given one, spread over wallets from lowest on.
func (l *letter) address(order int64, lowest, wallets int64) {
	for i, at := range l.ids {
		id := order + 1 + int64(i)
		strconv.AppendInt(l.text[:at], id, 10)
		strconv.AppendInt(l.text[:l.wallets[i]], lowest+id%wallets, 10)
	}
}

func (l *letter) clone() *letter {
	c := *l
	c.text = slices.Clone(l.text)
	return &c
}

// volley is load on one address: requests over connections that are kept, on each of which the next goes out when the
// last was answered. It writes bytes that are ready and looks at hardly more than the status, to take little of the
// two or so processors that it shares with what it measures.
type volley struct {
	to          string
	letter      *letter
	orders      *atomic.Int64 // the id of the order that was sent last
	lowest      int64         // the first of the wallets that the orders are spread over
	wallets     int64
	connections int
	rate        float64 // requests per second; 0: as many as are answered
	most        int     // requests; 0: any number, until the context ends
}

// outcome is what came of a volley.
type outcome struct {
	orders, requests float64 // per second
	latencies        []time.Duration
}

func (o *outcome) percentile(p int) time.Duration { return percentile(o.latencies, p) }

// percentile returns the least of d that p percent do not exceed, and sorts d.
func percentile(d []time.Duration, p int) time.Duration {
	slices.Sort(d)
	return d[max((len(d)*p+99)/100-1, 0)]
}

// fire runs the volley until ctx ends or it has sent the most. An answer but 202, or one that lacks what the letter wants, is an error.
func (v *volley) fire(ctx context.Context) (*outcome, error) {
	var group errgroup.Group
	var mu sync.Mutex
	out := &outcome{}
	began := time.Now()
	for i := range v.connections {
		group.Go(func() error {
			took, err := v.gun(ctx, began, i)
			mu.Lock()
			defer mu.Unlock()
			out.latencies = append(out.latencies, took...)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	out.requests = float64(len(out.latencies)) / time.Since(began).Seconds()
	out.orders = out.requests * float64(len(v.letter.ids))
	return out, nil
}

// gun is one connection's part. Under a rate the connections take turns, and a turn that was missed is made up for.
func (v *volley) gun(ctx context.Context, began time.Time, turn int) ([]time.Duration, error) {
	line, err := dial(v.to)
	if err != nil {
		return nil, err
	}
	defer line.conn.Close()
	mine := v.letter.clone()
	var took []time.Duration
	for n := turn; ctx.Err() == nil && (v.most == 0 || n < v.most); n += v.connections {
		if v.rate > 0 {
			pause(ctx, time.Until(began.Add(time.Duration(float64(n)/v.rate*float64(time.Second)))))
		}
		orders := int64(len(mine.ids))
		mine.address(v.orders.Add(orders)-orders, v.lowest, v.wallets)
		sent := time.Now()
		answer, err := line.ask(mine.text)
		if err != nil {
			return nil, err
		}
		took = append(took, time.Since(sent))
		if !bytes.HasPrefix(answer, []byte("HTTP/1.1 202 ")) || !bytes.Contains(answer, mine.want) {
			return nil, fmt.Errorf("a request of %d orders was answered with %q", orders, answer)
		}
	}
	return took, nil
}

func pause(ctx context.Context, d time.Duration) {
	if d <= 0 {
		return
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// wire is a connection that is asked one thing at a time.
type wire struct {
	conn net.Conn
	buf  [4 << 10]byte
}

func dial(address string) (*wire, error) {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return nil, err
	}
	return &wire{conn: conn}, nil
}

// ask sends a request and returns the answer, valid until the next.
func (w *wire) ask(request []byte) ([]byte, error) {
	if _, err := w.conn.Write(request); err != nil {
		return nil, err
	}
	return w.answer()
}

// answer reads an answer that says its length.
func (w *wire) answer() ([]byte, error) {
	for n := 0; n < len(w.buf); {
		m, err := w.conn.Read(w.buf[n:])
		if err != nil {
			return nil, fmt.Errorf("reading an answer, after %q: %w", w.buf[:n], err)
		}
		n += m
		header, body, whole := bytes.Cut(w.buf[:n], []byte("\r\n\r\n"))
		if whole && len(body) >= contentLength(header) {
			return w.buf[:n], nil
		}
	}
	return nil, fmt.Errorf("an answer is too long: %q", w.buf[:])
}

func contentLength(header []byte) int {
	_, rest, found := bytes.Cut(header, []byte("Content-Length: "))
	if !found {
		return 1 << 20 // so that the answer is refused
	}
	digits, _, _ := bytes.Cut(rest, []byte("\r"))
	length, err := strconv.Atoi(string(digits))
	if err != nil {
		return 1 << 20
	}
	return length
}
