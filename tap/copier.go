package tap

import (
	"io"
	"sync"
	"time"
)

// copier is the body of an order response as the caller sees it. It hands through what the vendor's body gives, bytes and
// errors alike, and keeps a copy of the bytes until they hold a whole order.
type copier struct {
	body     io.ReadCloser
	tap      *Tap
	received time.Time
	gzipped  bool

	mu     sync.Mutex // callers may close a body that is being read
	copied wiped
	end    ending
	over   bool // decided: nothing more is copied
}

// Read reads from the vendor's body. There is deliberately no WriteTo beside it: io.Copy comes through here as well.
func (c *copier) Read(p []byte) (int, error) {
	n, err := c.body.Read(p)
	c.saw(p, n, err)
	return n, err
}

// Close closes the vendor's body; what was read until now is all there is.
func (c *copier) Close() error {
	err := c.body.Close()
	c.mu.Lock()
	defer c.mu.Unlock()
	defer c.contain()
	if !c.over {
		c.conclude(incomplete)
	}
	return err
}

// saw copies what was read. A body that does not do what io.Reader promises must not hurt here.
func (c *copier) saw(p []byte, n int, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	defer c.contain()
	switch {
	case c.over:
		return
	case n < 0 || n > len(p):
		c.settle(unreadable)
		return
	case c.copied.len()+n > maxBody:
		c.settle(tooLarge)
		return
	}
	before := c.copied.len()
	c.copied.add(p[:n])
	if !c.gzipped {
		if end := c.end.find(p[:n]); end >= 0 {
			c.forward(c.copied.bytes[:before+end])
			return
		}
	}
	if err == io.EOF {
		c.conclude(unreadable)
	}
}

// conclude decides when no more will be read: a compressed body is looked into now, any other holds no whole order.
func (c *copier) conclude(why reason) {
	if !c.gzipped {
		c.settle(why)
		return
	}
	plain, fits := gunzip(c.copied.bytes)
	defer plain.wipe()
	if !fits {
		c.settle(tooLarge)
		return
	}
	var end ending
	if n := end.find(plain.bytes); n >= 0 {
		c.forward(plain.bytes[:n])
		return
	}
	c.settle(why)
}

// forward queues what may leave the process of a whole response, if it is one of an order.
func (c *copier) forward(response []byte) {
	text, ok := c.tap.allowed.strip(response)
	if !ok {
		c.settle(unreadable)
		return
	}
	c.over = true
	c.copied.wipe()
	c.tap.enqueue(record{text: text, received: c.received})
}

// settle ends the copying of a response that is not forwarded.
func (c *copier) settle(why reason) {
	c.over = true
	c.copied.wipe()
	c.tap.drop(why, 1)
}

// contain keeps a fault of this package away from the caller, who has an order to deliver.
func (c *copier) contain() {
	if recover() != nil && !c.over {
		c.settle(fault)
	}
}
