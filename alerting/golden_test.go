package alerting_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"walletwatch/alerting"
	"walletwatch/alerting/alertingtest"
	"walletwatch/wallet"
)

var update = flag.Bool("update", false, "write the golden files")

// stories are the deliveries whose messages are kept in testdata for people to read.
func stories() map[string]*wallet.Delivery {
	first := delivery(notice())
	warning := delivery(notice())
	moving(wallet.Triggered, "warning", "1900")(&warning.Notice)
	warning.Notice.Threshold, warning.Notice.RecoverAt, warning.Notice.Percent = ptr("2000"), ptr("2500"), ptr("20")
	warning.Want.Level = "warning"

	monitor := delivery(wallet.Notice{
		Key: wallet.Key{Account: "default"}, Occasion: wallet.Triggered, Firing: true, Level: "critical", Severity: "critical",
		Since: start.Add(-time.Hour), At: start, Name: "monitor of default", SourceHost: "api.octopuscards.io",
		Faults: []string{
			"No balance was read for 30m0s: the API answers 503",
			`The receiver "slack" refuses deliveries (Slack answers channel_not_found); 2 waiting. Mend its settings: it is tried again every 5 minutes.`,
		},
		StatusURL: "https://walletwatch.example.com/",
	})
	with := func(change func(*wallet.Notice)) *wallet.Delivery {
		n := notice()
		change(&n)
		return delivery(n)
	}
	moved := then(warning, "", func(n *wallet.Notice) { resolving(n); n.Balance, n.Shown = dec("412"), "critical" })
	monitorMoved := then(monitor, "", func(n *wallet.Notice) {
		n.Occasion, n.Firing, n.ResolvedAt, n.Faults = wallet.Resolved, false, start, n.Faults[1:]
	})
	past := then(first, "", resolving)
	past.Notice.Balance, past.Notice.Shown, past.Previous = dec("99"), "critical", &past.Notice

	stories := map[string]*wallet.Delivery{
		"triggered": first,
		"worsened":  then(warning, "", func(n *wallet.Notice) { *n = notice(); n.Occasion = wallet.Worsened }),
		"improved": then(first, "", func(n *wallet.Notice) {
			*n = warning.Notice
			n.Occasion = wallet.Improved
		}),
		"reminded": then(warning, "", func(n *wallet.Notice) {
			n.Occasion, n.Since = wallet.Reminded, start.Add(-4*time.Hour)
		}),
		"resolved":      then(first, "", resolving),
		"resolved-late": with(resolving),
		"resolved-low":  then(first, "", func(n *wallet.Notice) { resolving(n); n.Balance = dec("412") }),
		"tested":        with(func(n *wallet.Notice) { n.Occasion, n.Severity = wallet.Tested, "info" }),
		"learning": with(func(n *wallet.Notice) {
			n.Learning, n.HasRunway, n.DailySpend, n.SpendSource = true, false, dec("1234.567"), wallet.SpendFromBalance
		}),
		"empty":      with(func(n *wallet.Notice) { n.Balance, n.Runway, n.Threshold = dec("0"), 0, nil }),
		"recovering": then(first, "", moving(wallet.Reminded, "critical", "555")),
		"runway":     with(func(n *wallet.Notice) { n.Threshold, n.RecoverAt = ptr("2500"), ptr("3125") }),
		"moved":      moved,
		"past":       past,
		"monitor":    monitor,
		"monitor-resolved": then(monitor, "", func(n *wallet.Notice) {
			n.Occasion, n.Firing, n.ResolvedAt, n.Faults = wallet.Resolved, false, start, nil
		}),
		"monitor-moved": monitorMoved,
	}
	maps.Copy(stories, unconfirmedStories())
	return stories
}

func TestMessagesReadAsInTestdata(t *testing.T) {
	for name, d := range stories() {
		t.Run(name, func(t *testing.T) {
			got := readable(t, alerting.Render(d, start))
			file := filepath.Join("testdata", "messages", name+".txt")
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("%s differs; run the test with -update and read the change.\ngot:\n%s", file, got)
			}
		})
	}
}

func readable(t *testing.T, r alerting.Rendered) string {
	t.Helper()
	blocks, err := json.Marshal(r.Blocks)
	if err != nil {
		t.Fatal(err)
	}
	var event bytes.Buffer
	enc := json.NewEncoder(&event)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(r.Event); err != nil {
		t.Fatal(err)
	}
	m := alertingtest.Message{Blocks: blocks}
	var b strings.Builder
	for _, part := range [][2]string{
		{"Slack, blocks", m.BlockText()}, {"Slack, text", r.Text}, {"Slack, thread", r.Reply}, {"PagerDuty", event.String()},
	} {
		fmt.Fprintf(&b, "== %s\n%s\n\n", part[0], strings.TrimRight(part[1], "\n"))
	}
	return b.String()
}
