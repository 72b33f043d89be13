// Package preflight answers one question: would it work here? Its checks ask the vendor's API and everything else that
// walletwatch needs before it goes live or is rolled out anew. Nothing is sent that anybody could be paged by, and
// nothing is bought unless an order was asked for.
package preflight

import (
	"context"
	"fmt"
	"time"
)

// Result is how a check ended.
type Result string

// The results. A warning does not keep anybody from going live.
const (
	OK      Result = "ok"
	Warn    Result = "warn"
	Fail    Result = "fail"
	Skipped Result = "skipped" // not asked for, or it cannot be done because another check failed
)

// Finding is what a check found. Its texts hold no secret and no voucher.
type Finding struct {
	Result Result
	Found  string
	Advice string        // what to do about it; "": nothing
	Took   time.Duration // of what is judged; 0: as long as the whole check
}

// Check is one thing to find out.
type Check struct {
	Name     string
	Endpoint string // what is asked, such as POST /auth/login
	// Run finds it out, and gives up when ctx ends. It is called once.
	Run func(ctx context.Context) Finding
}

// Outcome is a check that was run.
type Outcome struct {
	Name, Endpoint string
	Finding
}

// Options say how checks are run. The zero value of a field means what its comment says.
type Options struct {
	Each   time.Duration    // how long each check may take; 0: 15 s
	Report func(Outcome)    // told of each outcome as it comes; nil: nobody
	Now    func() time.Time // nil: time.Now
}

const defaultEach = 15 * time.Second

// Run runs the checks one after the other, also when one fails, and returns their outcomes in the same order. Those
// for which ctx leaves no time fail.
func Run(ctx context.Context, checks []Check, opt Options) []Outcome {
	if opt.Each <= 0 {
		opt.Each = defaultEach
	}
	if opt.Now == nil {
		opt.Now = time.Now
	}
	outcomes := make([]Outcome, len(checks))
	for i, c := range checks {
		outcomes[i] = Outcome{c.Name, c.Endpoint, c.run(ctx, opt)}
		if opt.Report != nil {
			opt.Report(outcomes[i])
		}
	}
	return outcomes
}

func (c Check) run(ctx context.Context, opt Options) Finding {
	if ctx.Err() != nil {
		return Finding{Result: Fail, Found: "there was no time left for this check", Advice: "see to the checks that took long, then run again"}
	}
	ctx, cancel := context.WithTimeout(ctx, opt.Each)
	defer cancel()
	began := opt.Now()
	f := c.Run(ctx)
	if f.Took == 0 {
		f.Took = opt.Now().Sub(began)
	}
	return f
}

// Failed returns how many of the outcomes are failures.
func Failed(outcomes []Outcome) int {
	n := 0
	for _, o := range outcomes {
		if o.Result == Fail {
			n++
		}
	}
	return n
}

func passed(format string, args ...any) Finding {
	return Finding{Result: OK, Found: fmt.Sprintf(format, args...)}
}

func warned(advice, format string, args ...any) Finding {
	return Finding{Result: Warn, Found: fmt.Sprintf(format, args...), Advice: advice}
}

func failed(advice, format string, args ...any) Finding {
	return Finding{Result: Fail, Found: fmt.Sprintf(format, args...), Advice: advice}
}

func skipped(advice, format string, args ...any) Finding {
	return Finding{Result: Skipped, Found: fmt.Sprintf(format, args...), Advice: advice}
}
