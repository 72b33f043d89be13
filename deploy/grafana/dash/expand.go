package dash

import (
	"context"
	"regexp"
	"strconv"
	"time"

	"walletwatch/deploy/grafana/prom"
)

// Window is the time that a dashboard shows, and how often Prometheus scrapes.
type Window struct {
	From, To time.Time
	Step     time.Duration
	Scrape   time.Duration
}

// rate is Grafana's $__rate_interval: at least four scrapes, so that no rate is without two samples.
func (w Window) rate() time.Duration { return max(w.Step+w.Scrape, 4*w.Scrape) }

var reference = regexp.MustCompile(`\$\{?(\w+)\}?`)

// Expand replaces variables by their values, as they stand in queries.
func Expand(text string, values Values, w Window) string {
	return replace(text, values, w, func(c Choice) string { return c.Value })
}

// Title replaces variables by their texts, as they stand in titles.
func Title(text string, values Values) string {
	return replace(text, values, Window{}, func(c Choice) string { return c.Text })
}

func replace(text string, values Values, w Window, shown func(Choice) string) string {
	return reference.ReplaceAllStringFunc(text, func(found string) string {
		switch name := reference.FindStringSubmatch(found)[1]; name {
		case "__rate_interval":
			return seconds(w.rate())
		case "__range":
			return seconds(w.To.Sub(w.From))
		default:
			if c, ok := values[name]; ok {
				return shown(c)
			}
			return found
		}
	})
}

func seconds(d time.Duration) string { return strconv.Itoa(max(1, int(d.Seconds()))) + "s" }

// Ask asks what a target of a panel asks.
func (t Target) Ask(ctx context.Context, c prom.Client, values Values, w Window) ([]prom.Series, error) {
	expr := Expand(t.Expr, values, w)
	if t.Instant {
		return c.Query(ctx, expr, w.To)
	}
	return c.Range(ctx, expr, w.From, w.To, w.Step)
}

var label = regexp.MustCompile(`\{\{\s*(\w+)\s*\}\}`)

// Legend is what a series is called.
func (t Target) Legend(s prom.Series) string {
	return label.ReplaceAllStringFunc(t.LegendFormat, func(found string) string {
		return s.Labels[label.FindStringSubmatch(found)[1]]
	})
}
