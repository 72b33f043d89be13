package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"
)

// judge compares what has happened with what the receivers hold.
func (c *chaos) judge(m *monkey) {
	c.t.Helper()
	c.judgeReplicas() // first, because it waits until everything is delivered
	criticals, episodes := c.judgeDrivers()
	repeats := -episodes
	for _, key := range c.tower.keys() {
		s := c.tower.of(key)
		repeats += len(s.posted)
		if !slices.ContainsFunc(c.drivers, func(d *driver) bool { return d.key == key }) {
			c.t.Errorf("the receivers were told of %s: %q", key, s.newest.Text)
		}
	}
	if open := c.pager.OpenIncidents(); len(open) != 0 {
		c.t.Errorf("%d incidents are open in the end, one of %s", len(open), open[0].DedupKey)
	}
	if repeats > m.repeats {
		c.t.Errorf("%d Slack messages were posted twice, and only %d could not be helped", repeats, m.repeats)
	}
	if least := int(200*c.lasts/time.Minute) / raced(2); episodes < least {
		c.t.Errorf("only %d episodes, fewer than %d: this proves little", episodes, least)
	}
	c.told = true
	c.t.Logf("%d episodes, %d of them critical, %d repeats in Slack (%d could not be helped at most); the monkey: %v", episodes, criticals, repeats, m.repeats, m.done)
}

// judgeDrivers returns how many episodes there were.
func (c *chaos) judgeDrivers() (criticals, all int) {
	c.t.Helper()
	for _, d := range c.drivers {
		own := 0
		s := c.tower.of(d.key)
		for _, e := range d.episodes {
			if e.over.IsZero() {
				c.complain(d, e, "nobody was told in time: "+e.String())
			}
			if e.level != "critical" {
				continue
			}
			own++
			during := func(at time.Time) bool { return at.After(e.lowered) && (e.risen.IsZero() || at.Before(e.risen)) }
			if n := len(slices.DeleteFunc(slices.Clone(s.opened), func(at time.Time) bool { return !during(at) })); n != 1 {
				c.complain(d, e, fmt.Sprintf("%d incidents were opened: %s", n, e))
			}
		}
		if len(s.opened) != own || len(s.closed) != own {
			c.t.Errorf("%s: %d critical episodes, %d incidents opened at %v, %d closed", d.key, own, len(s.opened), s.opened, len(s.closed))
		}
		if len(s.posted) < len(d.episodes) || !s.over() {
			c.t.Errorf("%s: %d episodes, %d Slack messages, the newest says %q", d.key, len(d.episodes), len(s.posted), s.newest.Text)
		}
		criticals, all = criticals+own, all+len(d.episodes)
	}
	return criticals, all
}

// String tells what happened when.
func (e *episode) String() string {
	return fmt.Sprintf("%s, lowered %s, told %s, risen %s, over %s", e.level, stampOf(e.lowered), stampOf(e.told), stampOf(e.risen), stampOf(e.over))
}

// complain fails the test with what the replicas logged about a wallet during an episode, and everything else at its beginning.
func (c *chaos) complain(d *driver, e *episode, what string) {
	c.t.Helper()
	end := time.Now()
	if !e.over.IsZero() {
		end = e.over.Add(time.Second)
	}
	var lines []string
	for line := range strings.Lines(c.diary.String()) {
		lines = append(lines, line)
	}
	for _, p := range c.started {
		for line := range strings.Lines(p.log.String()) {
			about := strings.Contains(line, "key="+d.key+" ") || strings.Contains(line, fmt.Sprintf("wallet=%d ", d.wallet))
			if about || line < stampOf(e.lowered.Add(2*time.Second)) {
				lines = append(lines, strings.Replace(line, " ", fmt.Sprintf(" pid %d ", p.cmd.Process.Pid), 1))
			}
		}
	}
	from, to := stampOf(e.lowered.Add(-time.Second)), stampOf(end)
	lines = slices.DeleteFunc(lines, func(line string) bool { return line < from || line > to })
	slices.Sort(lines)
	c.t.Errorf("%s: %s\n%s", d.key, what, strings.Join(lines, ""))
}

// judgeReplicas waits until all replicas say the same, and that all is well.
func (c *chaos) judgeReplicas() {
	c.t.Helper()
	for _, r := range c.replicas {
		eventually(c.t, r.name+" is ready", r.ready)
		c.settled(r)
	}
	said := make([]string, len(c.replicas))
	agree := within(20*time.Second, func() bool {
		for i, r := range c.replicas {
			said[i] = r.says()
		}
		return !slices.ContainsFunc(said, func(s string) bool { return s != said[0] })
	})
	if !agree {
		c.t.Errorf("the replicas disagree:\n%s", strings.Join(said, "\n--- and ---\n"))
	}
	if strings.Contains(said[0], "firing") || !strings.Contains(said[0], fmt.Sprintf("<p class=\"summary\">%d ok</p>", chaosWallets)) {
		c.t.Errorf("not all is well:\n%s", said[0])
	}
	for _, p := range c.started {
		if p.log.contains("DATA RACE") || p.log.contains("panic") {
			c.t.Errorf("a replica raced or panicked:\n%s", p.log)
		}
	}
}

// says is what a replica tells of levels and alerts, in every way it has, without what depends on the moment.
func (r *replica) says() string {
	var b strings.Builder
	var wallets []struct {
		ID                     int64
		Balance, Level, Source string
	}
	var alerts []struct {
		WalletID     *int64 `json:"wallet_id"`
		Level, State string
		Since        string
		ResolvedAt   *string `json:"resolved_at"`
		Deliveries   []struct{ Receiver, State string }
	}
	for path, to := range map[string]any{"/api/v1/wallets": &wallets, "/api/v1/alerts": &alerts} {
		if status, body := r.ask(path); status != http.StatusOK || json.Unmarshal([]byte(body), to) != nil {
			return fmt.Sprintf("%s answers %d: %s", path, status, body)
		}
	}
	fmt.Fprintf(&b, "wallets: %+v\n", wallets)
	for _, a := range alerts {
		text, _ := json.Marshal(a) // it was JSON before
		fmt.Fprintf(&b, "alert: %s\n", text)
	}
	_, page := r.ask("/")
	fmt.Fprintf(&b, "the page: %s\n", regexp.MustCompile(`<p class="summary">.*?</p>`).FindString(page))
	_, metrics := r.ask("/metrics")
	for line := range strings.Lines(metrics) {
		if strings.HasPrefix(line, "walletwatch_wallet_level{") || strings.HasPrefix(line, "walletwatch_alerts{") || strings.HasPrefix(line, "walletwatch_notifications_pending{") {
			b.WriteString(line)
		}
	}
	return b.String()
}
