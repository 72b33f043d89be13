package preflight_test

import (
	"context"
	"fmt"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"walletwatch/octopus/octopustest"
	"walletwatch/preflight"
)

// Some of trouble by index.
const (
	lost = iota + 1
	late
	nothing
)

// trouble is what may happen to one request.
func trouble() []octopustest.Fault {
	return []octopustest.Fault{
		octopustest.Delayed(time.Millisecond), // none
		octopustest.AnswerLost(), octopustest.Delayed(20 * time.Second), octopustest.RawBody("[]"),
		octopustest.CutOff(), octopustest.MalformedJSON(), octopustest.TrailingGarbage(), octopustest.HTMLBody(),
		octopustest.ConnectionReset(), octopustest.Hanging(), octopustest.Answering(500), octopustest.Answering(503),
		octopustest.RetryAfter(1), octopustest.RetryAfter(3600), octopustest.Unauthorized(), octopustest.Answering(400),
		octopustest.Forbidden(), octopustest.RawBody("{}"), octopustest.RawBody(`{"id":77,"status":"DELIVERED","client_reference":"another"}`),
	}
}

// episode is what happens to one run: faults by route, and when somebody interrupts it.
type episode struct {
	faults      map[string][]int // indexes of trouble
	interrupted time.Duration    // 0: not
}

func drawEpisodes(t *rapid.T) []episode {
	var episodes []episode
	// Answers that get lost, and lookups that find nothing although there is something, are what leads to second orders.
	kinds := len(trouble()) - 1
	all, mean := rapid.IntRange(0, kinds), rapid.OneOf(rapid.SampledFrom([]int{lost, late, nothing, nothing}), rapid.IntRange(0, kinds))
	for run := range rapid.IntRange(1, 5).Draw(t, "runs") {
		e := episode{faults: map[string][]int{}}
		for _, route := range []string{octopustest.RouteOrders, octopustest.RouteFindOrders, octopustest.RouteLogin, octopustest.RouteCharges} {
			kind, most := mean, 7
			if route == octopustest.RouteLogin || route == octopustest.RouteCharges {
				kind, most = all, 1 // or few orders would be tried
			}
			e.faults[route] = rapid.SliceOfN(kind, 0, most).Draw(t, fmt.Sprint(run, " ", route))
		}
		if rapid.IntRange(0, 3).Draw(t, "interrupted") == 0 {
			e.interrupted = time.Duration(rapid.IntRange(1, 20_000).Draw(t, "after")) * time.Millisecond
		}
		episodes = append(episodes, e)
	}
	return episodes
}

// TestNeverTwoOrders: whatever goes wrong, in whatever order, over however many runs, a reference file leads to one
// order at most, and to exactly one when at last nothing goes wrong any more.
func TestNeverTwoOrders(t *testing.T) {
	placedInTrouble := 0
	rapid.Check(t, func(rt *rapid.T) {
		episodes := drawEpisodes(rt)
		var wrong string
		synctest.Test(t, func(t *testing.T) { wrong = live(t, episodes, &placedInTrouble) })
		if wrong != "" {
			rt.Fatal(wrong)
		}
	})
	if placedInTrouble == 0 {
		t.Error("no order was ever placed while something went wrong: this proves nothing")
	}
}

// live lives through the episodes and one quiet run, and says what went wrong.
func live(t *testing.T, episodes []episode, placed *int) string {
	folder, err := os.MkdirTemp(t.TempDir(), "")
	if err != nil {
		return err.Error()
	}
	k := newKit(folder)
	kinds := trouble()
	for i, e := range episodes {
		for route, faults := range e.faults {
			for _, f := range faults {
				k.api.Fail(route, kinds[f])
			}
		}
		ctx, cancel := context.WithCancel(t.Context())
		if e.interrupted > 0 {
			ctx, cancel = context.WithTimeout(t.Context(), e.interrupted)
		}
		k.run(ctx, t, k.ordering)
		cancel()
		k.api.Heal(octopustest.AnyRoute)
		synctest.Wait()
		if n := len(k.api.PlacedOrders()); n > 1 {
			return fmt.Sprintf("%d orders after run %d\n%s", n, i+1, k.printed.String())
		}
	}
	*placed += len(k.api.PlacedOrders())
	last := k.run(t.Context(), t, k.ordering)["order"]
	if n := len(k.api.PlacedOrders()); n != 1 || last.Result != preflight.OK {
		return fmt.Sprintf("%d orders after the quiet run, which says %+v\n%s", n, last, k.printed.String())
	}
	return ""
}
