package tap_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"walletwatch/tap"
)

func TestWhatTheDaemonReceives(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &daemon{}
		feed, log := open(t, d, func(c *tap.Config) { c.Account = "main account" })
		start := time.Now()
		place(t, feed, 7, 1)
		synctest.Wait()
		heard := d.heard()
		if len(heard) != 1 || time.Since(start) != 0 {
			t.Fatalf("%d batches after %s, want one at once", len(heard), time.Since(start))
		}
		const want = `{"id":7,"product_id":7,"amount":50.00,"discount":1.2500,"wallet_id":1,"status":"DELIVERED",` +
			`"base_currency":"USD","deduction_currency":"USD","wallet_balance":4951.2500,"walletwatch_age_ms":0}` + "\n"
		if heard[0].raw != want {
			t.Errorf("received\n%swant\n%s", heard[0].raw, want)
		}
		if heard[0].url != "http://walletwatch:8080/api/v1/orders?account=main+account" {
			t.Errorf("sent to %s", heard[0].url)
		}
		if h := heard[0].header; h.Get("Authorization") != "Bearer s3cret" || h.Get("Content-Type") != "application/x-ndjson" {
			t.Errorf("sent with %v", h)
		}
		if err := feed.Close(t.Context()); err != nil || len(log.lines("")) != 0 {
			t.Errorf("closed with %v; log %q", err, log.lines(""))
		}
		settled(t, feed.Stats())
	})
}

func TestBatches(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, busy := &daemon{}, make(chan struct{})
		d.become(func(got delivery) (*http.Response, error) {
			<-busy
			return answer(202, fmt.Sprintf(`{"accepted":%d,"ignored":1}`, len(got.lines)-1)), nil
		})
		feed, _ := open(t, d)
		place(t, feed, 0, 1)
		synctest.Wait()
		place(t, feed, 1, 450)
		close(busy)
		synctest.Wait()
		var sizes []int
		var ids []string
		for _, got := range d.heard() {
			sizes = append(sizes, len(got.lines))
			ids = append(ids, got.ids()...)
		}
		if !slices.Equal(sizes, []int{1, 200, 200, 50}) {
			t.Errorf("batches of %v", sizes)
		}
		for i, id := range ids {
			if id != fmt.Sprint(i) {
				t.Fatalf("record %d has id %s", i, id)
			}
		}
		want := tap.Stats{Seen: 451, Sent: 451, Accepted: 447, Ignored: 4}
		if err := feed.Close(t.Context()); err != nil || feed.Stats() != want {
			t.Errorf("closed with %v, got %+v, want %+v", err, feed.Stats(), want)
		}
	})
}

// failures are answers that say "later", each by a function.
func failures() map[string]func(delivery) (*http.Response, error) {
	refused := func(status int, header ...string) func(delivery) (*http.Response, error) {
		return func(delivery) (*http.Response, error) { return answer(status, "{}", header...), nil }
	}
	return map[string]func(delivery) (*http.Response, error){
		"down":                 func(delivery) (*http.Response, error) { return nil, errors.New("connection refused") },
		"panics":               func(delivery) (*http.Response, error) { panic("at the other side") },
		"overloaded":           refused(503),
		"too many requests":    refused(429),
		"broken":               refused(500),
		"gateway":              refused(502),
		"wrong token":          refused(401),
		"forbidden":            refused(403),
		"not found":            refused(404),
		"wrong type":           refused(415),
		"several accounts":     refused(400),
		"too large":            refused(413),
		"redirect":             refused(302, "Location", "https://login.example.com"),
		"a proxy's login page": refused(200),
		"accepted, by a proxy": refused(202),
	}
}

func TestDaemonDownThenUp(t *testing.T) {
	for name, fail := range failures() {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := &daemon{}
				d.become(fail)
				feed, log := open(t, d, func(c *tap.Config) { // as the own client does
					c.Client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
				})
				place(t, feed, 1, 3)
				time.Sleep(3*time.Minute + 30*time.Second)
				if s := feed.Stats(); s.Waiting != 3 || s.Sent != 0 {
					t.Errorf("while it fails: %+v", s)
				}
				if n := len(d.heard()); n < 15 || n > 60 {
					t.Errorf("%d attempts in 3.5 minutes", n)
				}
				if n := len(log.lines("walletwatch does not take them")); n < 3 || n > 4 {
					t.Errorf("the log says so %d times in 3.5 minutes: %q", n, log.lines(""))
				}
				d.become(nil)
				time.Sleep(10 * time.Second)
				last := d.heard()[len(d.heard())-1]
				age, err := last.lines[0]["walletwatch_age_ms"].Int64()
				if least := (3*time.Minute + 30*time.Second).Milliseconds(); err != nil || age < least || age > least+10_000 {
					t.Errorf("the age is %d ms (%v), want %d to 10 s more", age, err, least)
				}
				if n := len(log.lines("takes order responses again")); n != 1 {
					t.Errorf("the recovery is said %d times", n)
				}
				if err := feed.Close(t.Context()); err != nil {
					t.Error(err)
				}
				if s := feed.Stats(); s != (tap.Stats{Seen: 3, Sent: 3, Accepted: 3}) {
					t.Errorf("afterwards: %+v", s)
				}
				if strings.Contains(strings.Join(log.lines(""), ""), "s3cret") {
					t.Error("the token is in the log")
				}
			})
		})
	}
}

func TestBackoffAndRetryAfter(t *testing.T) {
	tests := []struct {
		name        string
		header      []string
		least, most time.Duration // until the second attempt
	}{
		{"none", nil, 50 * time.Millisecond, 150 * time.Millisecond},
		{"seconds", []string{"Retry-After", "7"}, 7 * time.Second, 7 * time.Second},
		{"a date", []string{"Retry-After", "Sat, 01 Jan 2000 00:00:09 GMT"}, 9 * time.Second, 9 * time.Second},
		{"too long", []string{"Retry-After", "99999999"}, 30 * time.Second, 30 * time.Second},
		{"in the past", []string{"Retry-After", "-4"}, 50 * time.Millisecond, 150 * time.Millisecond},
		{"nonsense", []string{"Retry-After", "soon"}, 50 * time.Millisecond, 150 * time.Millisecond},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var at []time.Duration
				start, d := time.Now(), &daemon{}
				d.become(func(delivery) (*http.Response, error) {
					if at = append(at, time.Since(start)); len(at) > 1 {
						return answer(202, `{"accepted":1,"ignored":0}`), nil
					}
					return answer(503, "", test.header...), nil
				})
				feed, _ := open(t, d)
				defer feed.Close(t.Context())
				place(t, feed, 1, 1)
				time.Sleep(time.Minute)
				d.mu.Lock()
				defer d.mu.Unlock()
				if len(at) != 2 || at[1] < test.least || at[1] > test.most {
					t.Errorf("attempts at %v, want the second after %s to %s", at, test.least, test.most)
				}
			})
		})
	}
}

func TestLateTokenRotation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, token := &daemon{}, make(chan string, 100)
		d.become(func(got delivery) (*http.Response, error) {
			if got.header.Get("Authorization") != "Bearer new" {
				return answer(401, `{"error":{"name":"UnauthorizedError","message":"The token is wrong."}}`), nil
			}
			return answer(202, `{"accepted":5,"ignored":0}`), nil
		})
		current := "old"
		feed, log := open(t, d, func(c *tap.Config) {
			c.Token = func() (string, error) {
				select {
				case current = <-token:
				default:
				}
				return current, nil
			}
		})
		place(t, feed, 1, 5)
		time.Sleep(8 * time.Minute)
		token <- "new"
		time.Sleep(10 * time.Second)
		if s := feed.Stats(); s != (tap.Stats{Seen: 5, Sent: 5, Accepted: 5}) {
			t.Errorf("got %+v", s)
		}
		if lines := log.lines("set Token to the WALLETWATCH_INGEST_TOKEN"); len(lines) == 0 || !strings.Contains(lines[0], "The token is wrong.") {
			t.Errorf("the log says %q", log.lines(""))
		}
		feed.Close(t.Context())
	})
}

func TestBadLinesCostNothingElse(t *testing.T) {
	tests := []struct {
		name   string
		status int
		code   string
		bad    []string // ids that the daemon refuses
	}{
		{"first", 400, "MALFORMED", []string{"1"}},
		{"last", 400, "MALFORMED", []string{"6"}},
		{"some", 413, "TOO_LARGE", []string{"2", "3", "5"}},
		{"all", 400, "MALFORMED", []string{"1", "2", "3", "4", "5", "6"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := &daemon{}
				var taken []string
				d.become(func(got delivery) (*http.Response, error) {
					for i, id := range got.ids() {
						if slices.Contains(test.bad, id) {
							return answer(test.status, fmt.Sprintf(`{"accepted":%d,"ignored":0,"line":%d,"error":{"code":%q,"message":"Line %[2]d."}}`, i, i+1, test.code)), nil
						}
						taken = append(taken, id)
					}
					return answer(202, fmt.Sprintf(`{"accepted":%d,"ignored":0}`, len(got.lines))), nil
				})
				feed, log := open(t, d)
				start := time.Now()
				place(t, feed, 1, 6)
				if err := feed.Close(t.Context()); err != nil || time.Since(start) != 0 {
					t.Errorf("closed with %v after %s", err, time.Since(start))
				}
				bad := uint64(len(test.bad))
				if s := feed.Stats(); s != (tap.Stats{Seen: 6, Sent: 6 - bad, Accepted: 6 - bad, Dropped: tap.Dropped{Refused: bad}}) {
					t.Errorf("got %+v", s)
				}
				slices.Sort(taken)
				if want := 6 - len(test.bad); len(taken) != want || len(slices.Compact(taken)) != want {
					t.Errorf("taken: %v", taken)
				}
				if len(log.lines("refused=")) == 0 {
					t.Errorf("the log says %q", log.lines(""))
				}
			})
		})
	}
}

func TestImpossibleLinesAreNotBelieved(t *testing.T) {
	for _, line := range []int{-1, 0, 3, 1 << 40} {
		synctest.Test(t, func(t *testing.T) {
			d := &daemon{}
			d.become(func(delivery) (*http.Response, error) {
				return answer(400, fmt.Sprintf(`{"line":%d,"error":{"code":"MALFORMED"}}`, line)), nil
			})
			feed, _ := open(t, d)
			place(t, feed, 1, 1)
			synctest.Wait()
			place(t, feed, 2, 1)
			time.Sleep(time.Minute)
			if s := feed.Stats(); s.Waiting != 2 {
				t.Errorf("line %d: %+v", line, s)
			}
			d.become(nil)
			feed.Close(t.Context())
		})
	}
}

// TestGoodLinesAreKept: a line is named wherever reading or recording has ended. Only when the line itself is at fault is
// it given up.
func TestGoodLinesAreKept(t *testing.T) {
	for _, test := range []struct {
		status int
		code   string
	}{
		{408, "BODY_TIMEOUT"}, {408, "BODY_CUT"}, {400, "BODY_CUT"}, {400, ""}, {400, "TOO_LARGE"}, {413, "MALFORMED"}, {413, ""},
		{503, "STORE_UNREACHABLE"}, {503, "MALFORMED"},
	} {
		synctest.Test(t, func(t *testing.T) {
			d := &daemon{}
			d.become(func(delivery) (*http.Response, error) {
				return answer(test.status, fmt.Sprintf(`{"accepted":0,"ignored":0,"line":1,"error":{"code":%q,"message":"Later."}}`, test.code)), nil
			})
			feed, _ := open(t, d)
			place(t, feed, 1, 2)
			time.Sleep(time.Minute)
			if s := feed.Stats(); s.Waiting != 2 || s.Dropped.Total() != 0 {
				t.Errorf("%d %s: %+v", test.status, test.code, s)
			}
			d.become(nil)
			if err := feed.Close(t.Context()); err != nil || feed.Stats().Sent != 2 {
				t.Errorf("%d %s: closed with %v, %+v", test.status, test.code, err, feed.Stats())
			}
		})
	}
}

func TestOldNewsIsDropped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &daemon{}
		d.become(failures()["down"])
		feed, log := open(t, d)
		place(t, feed, 1, 1)
		synctest.Wait()
		place(t, feed, 2, 1)
		time.Sleep(9 * time.Minute)
		place(t, feed, 3, 4)
		time.Sleep(2*time.Minute + 30*time.Second)
		if s := feed.Stats(); s.Dropped.Expired != 2 || s.Waiting != 4 {
			t.Errorf("after 11.5 minutes: %+v", s)
		}
		if len(log.lines("expired=1")) != 2 { // two batches, two lines a minute apart
			t.Errorf("the log says %q", log.lines("not forwarded"))
		}
		start := time.Now()
		err := feed.Close(context.Background()) // lasts as long as there is hope
		if took := time.Since(start); err != nil || took < 7*time.Minute || took > 8*time.Minute {
			t.Errorf("closed with %v after %s", err, took)
		}
		if s := feed.Stats(); s != (tap.Stats{Seen: 6, Dropped: tap.Dropped{Expired: 6}}) {
			t.Errorf("in the end: %+v", s)
		}
	})
}

func TestFullQueueDropsTheOldest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &daemon{}
		d.become(failures()["down"])
		feed, log := open(t, d, func(c *tap.Config) { c.Queue = 10 })
		place(t, feed, 0, 1)
		synctest.Wait() // the first is on its way
		for i := range 1000 {
			place(t, feed, 1+i, 1)
			if w := feed.Stats().Waiting; w > 11 {
				t.Fatalf("%d wait", w)
			}
		}
		time.Sleep(3 * time.Minute)
		if s := feed.Stats(); s.Dropped.Full != 990 || s.Waiting != 11 {
			t.Errorf("got %+v", s)
		}
		if n := len(log.lines("full=990")); n != 1 {
			t.Errorf("the log says %q", log.lines("not forwarded"))
		}
		d.become(nil)
		if err := feed.Close(t.Context()); err != nil {
			t.Error(err)
		}
		var ids []string
		for _, got := range d.heard()[len(d.heard())-2:] {
			ids = append(ids, got.ids()...)
		}
		if fmt.Sprint(ids) != "[0 991 992 993 994 995 996 997 998 999 1000]" {
			t.Errorf("kept %v", ids)
		}
		settled(t, feed.Stats())
	})
}

func TestCloseGivesUpWithItsContext(t *testing.T) {
	stuck := func(delivery) (*http.Response, error) { time.Sleep(time.Minute); return nil, errors.New("too late") }
	t.Run("down", func(t *testing.T) { closeGivesUp(t, failures()["down"]) })
	t.Run("wrong token", func(t *testing.T) { closeGivesUp(t, failures()["wrong token"]) })
	t.Run("stuck", func(t *testing.T) { closeGivesUp(t, stuck) })
}

func closeGivesUp(t *testing.T, fail func(delivery) (*http.Response, error)) {
	synctest.Test(t, func(t *testing.T) {
		d := &daemon{}
		d.become(fail)
		feed, _ := open(t, d)
		place(t, feed, 1, 300)
		time.Sleep(20 * time.Second)
		for range 2 {
			start := time.Now()
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
			err := feed.Close(ctx)
			cancel()
			if err == nil || !strings.Contains(err.Error(), "300 order responses") || time.Since(start) > 6*time.Second {
				t.Errorf("closed with %v after %s", err, time.Since(start))
			}
		}
		time.Sleep(time.Minute) // even a client that is stuck comes back
		if s := feed.Stats(); s.Dropped.Closed != 300 || s.Waiting != 0 {
			t.Errorf("got %+v", s)
		}
	})
}

// Close may come at any moment between a response being queued and the sender noticing.
func TestCloseFindsWhatWasJustQueued(t *testing.T) {
	for i := range 500 {
		feed, _ := open(t, &daemon{}, func(c *tap.Config) { c.Queue = 10 })
		var busy sync.WaitGroup
		busy.Go(func() { // keeps the sender looking at its queue
			for range 20 {
				order(t, feed.Wrap(vendor(200, "")), "/api/v1/orders")
			}
		})
		defer busy.Wait()
		place(t, feed, 1, 1)
		if err := feed.Close(t.Context()); err != nil {
			t.Fatalf("round %d: %v: %+v", i, err, feed.Stats())
		}
	}
}

func TestCloseTriesAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &daemon{}
		d.become(failures()["wrong token"])
		feed, _ := open(t, d)
		place(t, feed, 1, 1)
		time.Sleep(100 * time.Millisecond) // in the middle of a long wait
		d.become(nil)
		start := time.Now()
		if err := feed.Close(t.Context()); err != nil || time.Since(start) != 0 {
			t.Errorf("closed with %v after %s", err, time.Since(start))
		}
	})
}

func TestDropsAreReportedOnceAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		feed, log := open(t, &daemon{})
		for range 150 {
			order(t, feed.Wrap(vendor(200, "no JSON")), "/api/v1/orders")
			time.Sleep(time.Second)
		}
		time.Sleep(2 * time.Minute)
		lines := log.lines("not forwarded")
		total := 0
		for _, line := range lines {
			var n int
			if _, err := fmt.Sscanf(line[strings.Index(line, "unreadable="):], "unreadable=%d", &n); err != nil {
				t.Fatal(err)
			}
			total += n
		}
		if len(lines) < 3 || len(lines) > 4 || total != 150 {
			t.Errorf("%d lines about %d drops in 150 s: %q", len(lines), total, lines)
		}
		feed.Close(t.Context())
	})
}

func TestPanicsOfOthersStayInside(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		feed, _ := open(t, &daemon{}, func(c *tap.Config) {
			c.Token = func() (string, error) { panic("no vault") }
			c.Logger = panicking()
		})
		place(t, feed, 1, 1)
		time.Sleep(time.Minute)
		if s := feed.Stats(); s.Waiting != 1 {
			t.Errorf("got %+v", s)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if feed.Close(ctx) == nil {
			t.Error("nothing is said of the lost response")
		}
	})
}
