package ingest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"walletwatch/wallet"
)

const (
	// maxBatch bounds the observations committed in one transaction, so that no commit takes long.
	maxBatch = 2_000
	// drainTime is how long Run goes on recording after it was told to end.
	drainTime = 3 * time.Second
	// maxCommit bounds a commit, so that a database that hangs does not keep everything that comes later waiting for
	// ever. Those who wait for this commit have given up by then.
	maxCommit = 20 * time.Second
)

// errUnrecorded means that the recorder failed: nothing of the submitted list was recorded.
var errUnrecorded = errors.New("the observations were not recorded")

// submit hands observations of an account to the recording loop and waits for their verdicts, one for each. It fails
// at once with errOverloaded when the queue is full and with errStopping after Run has ended; with errUnrecorded
// when recording failed; with the error of ctx when that ends first, and then the list is recorded all the same.
// The list is the loop's from now on. It holds at most maxBatch observations.
func (s *Server) submit(ctx context.Context, account string, list []wallet.Observation) ([]wallet.Verdict, error) {
	j, err := s.queue.offer(account, list)
	if err != nil {
		return nil, err
	}
	return j.wait(ctx)
}

// Run records what the handlers take in: one commit per account for all that came while the last was under way. It
// returns nil when ctx has ended and everything taken in is recorded, and an error when that was not done within 3
// seconds or failed; those who sent it were told. It must be called once.
func (s *Server) Run(ctx context.Context) error {
	work, giveUp := context.WithCancel(context.WithoutCancel(ctx))
	var ending sync.WaitGroup
	defer ending.Wait()
	defer giveUp()
	ending.Go(func() { s.end(ctx, work, giveUp) })
	var last error
	for {
		batch, more := s.queue.take(maxBatch)
		if !more {
			break
		}
		if err := s.commit(work, batch); ctx.Err() != nil {
			last = errors.Join(last, err)
		}
	}
	if last != nil {
		return fmt.Errorf("recording what had arrived before the end: %w", last)
	}
	return nil
}

// end closes the queue when ctx ends, and gives up on what is in it drainTime later, unless work has ended by then.
func (s *Server) end(ctx, work context.Context, giveUp func()) {
	select {
	case <-ctx.Done():
		s.queue.close()
	case <-work.Done():
		return
	}
	select {
	case <-time.After(drainTime):
		giveUp()
	case <-work.Done():
	}
}

// commit records a batch, account by account, and answers those who wait for it.
func (s *Server) commit(ctx context.Context, batch []*job) error {
	var failed error
	for len(batch) > 0 {
		account := batch[0].account
		var mine, others []*job
		for _, j := range batch {
			if j.account == account {
				mine = append(mine, j)
			} else {
				others = append(others, j)
			}
		}
		failed = errors.Join(failed, s.commitAccount(ctx, account, mine))
		batch = others
	}
	return failed
}

func (s *Server) commitAccount(ctx context.Context, account string, jobs []*job) error {
	list := jobs[0].list
	for _, j := range jobs[1:] {
		list = append(list, j.list...)
	}
	start := s.now()
	bounded, cancel := context.WithTimeout(ctx, maxCommit)
	defer cancel()
	verdicts, err := s.recorder.Record(bounded, account, list)
	if err == nil && len(verdicts) != len(list) {
		err = fmt.Errorf("%d observations got %d verdicts", len(list), len(verdicts))
	}
	s.metrics.commit.Observe(s.now().Sub(start).Seconds())
	s.metrics.batch.Observe(float64(len(list)))
	if err != nil {
		verdicts, err = nil, fmt.Errorf("%w: %w", errUnrecorded, err)
		s.logFailure(account, len(list), err)
	}
	for _, j := range jobs {
		n := len(j.list)
		if err == nil {
			j.verdicts, verdicts = verdicts[:n:n], verdicts[n:]
		}
		s.queue.finish(j, err)
	}
	return err
}

func (s *Server) logFailure(account string, observations int, err error) {
	if missed, ok := s.failures.due(s.now()); ok {
		s.logger.Error("recording observations failed; their senders are told to send them again",
			"account", account, "observations", observations, "error", err, "times_before", missed)
	}
}
