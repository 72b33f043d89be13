package draw

import (
	"fmt"
	"html"
	"math"
	"strings"
	"time"

	"walletwatch/deploy/grafana/dash"
	"walletwatch/deploy/grafana/prom"
)

// line is a series as it is drawn.
type line struct {
	name, colour string
	field        dash.Field
	points       []prom.Point
}

// plot is the area that lines are drawn in.
type plot struct {
	b                   strings.Builder
	left, width, height float64
	from, to, low, high float64
}

const (
	axisWidth  = 74
	axisHeight = 22
	lineHeight = 18
)

// chart draws a time series panel.
func chart(p dash.Panel, results []result, w dash.Window, width, height int) string {
	lines := linesOf(p, results)
	legend, rows := legendOf(lines, width)
	stacked := p.FieldConfig.Defaults.Custom["drawStyle"] == "bars"
	pl := &plot{left: axisWidth, width: float64(width - axisWidth - 8), height: float64(height - rows*lineHeight - axisHeight),
		from: stampOf(w.From), to: stampOf(w.To)}
	pl.scale(p, lines, stacked)
	fmt.Fprintf(&pl.b, `<svg width="%d" height="%d">`, width, height-rows*lineHeight)
	pl.axes(p, w)
	if stacked {
		pl.stack(lines, w.Step.Seconds())
	} else {
		for _, l := range lines {
			pl.draw(l)
		}
	}
	pl.limits(p)
	return pl.b.String() + "</svg>" + legend
}

func stampOf(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }

func linesOf(p dash.Panel, results []result) []line {
	var all []line
	for _, r := range results {
		for _, s := range r.series {
			l := line{name: r.target.Legend(s), colour: palette(len(all)), points: s.Points}
			if l.field = settings(p, l.name); l.field.Color.Mode == "fixed" {
				l.colour = paint(l.field.Color.FixedColor)
			}
			all = append(all, l)
		}
	}
	return all
}

// legendOf names the lines, in at most three rows.
func legendOf(lines []line, width int) (text string, rows int) {
	var b strings.Builder
	x, rows := 0, 1
	for _, l := range lines {
		each := 36 + 7*len([]rune(l.name))
		if x+each > width && x > 0 {
			x, rows = 0, rows+1
		}
		x += each
		fmt.Fprintf(&b, `<span><i style="background:%s"></i>%s</span>`, l.colour, html.EscapeString(l.name))
	}
	rows = min(rows, 3)
	return fmt.Sprintf(`<div class="legend" style="height:%dpx">%s</div>`, rows*lineHeight, b.String()), rows
}

// scale finds what the vertical axis must show.
func (pl *plot) scale(p dash.Panel, lines []line, stacked bool) {
	low, high := math.Inf(1), math.Inf(-1)
	sums := map[float64]float64{}
	for _, l := range lines {
		for _, pt := range l.points {
			v := pt.Value
			if math.IsNaN(v) || math.IsInf(v, 0) {
				continue
			}
			if stacked {
				sums[pt.At] += v
				v = sums[pt.At]
			}
			low, high = min(low, v), max(high, v)
		}
	}
	d := p.FieldConfig.Defaults
	if d.Min != nil {
		low = *d.Min
	}
	if d.Max != nil {
		high = *d.Max
	}
	if math.IsInf(low, 0) || math.IsInf(high, 0) {
		low, high = 0, 1
	}
	if high <= low {
		high = low + max(1, math.Abs(low)*0.1)
	}
	margin := (high - low) * 0.06
	if d.Min == nil && low != 0 {
		low -= margin
	}
	if d.Max == nil {
		high += margin
	}
	pl.low, pl.high = low, high
}

func (pl *plot) x(at float64) float64 {
	return pl.left + (at-pl.from)/(pl.to-pl.from)*pl.width
}

func (pl *plot) y(v float64) float64 {
	return pl.height - (v-pl.low)/(pl.high-pl.low)*(pl.height-6)
}

// axes draws the grid, about four values and the minutes.
func (pl *plot) axes(p dash.Panel, w dash.Window) {
	step := nice((pl.high-pl.low)/4, p.FieldConfig.Defaults.Unit)
	for v := math.Ceil(pl.low/step) * step; v <= pl.high; v += step {
		y := pl.y(v)
		fmt.Fprintf(&pl.b, `<line x1="%.0f" x2="%.0f" y1="%.1f" y2="%.1f" stroke="#2a2d33"/>`, pl.left, pl.left+pl.width, y, y)
		fmt.Fprintf(&pl.b, `<text x="%.0f" y="%.1f" text-anchor="end">%s</text>`, pl.left-7, y+4, format(p.FieldConfig.Defaults.Unit, nil, tidy(v, step)))
	}
	pl.minutes(w)
}

func (pl *plot) minutes(w dash.Window) {
	for t := w.From.Truncate(time.Minute).Add(time.Minute); !t.After(w.To); t = t.Add(time.Minute) {
		x := pl.x(stampOf(t))
		fmt.Fprintf(&pl.b, `<line x1="%.1f" x2="%.1f" y1="0" y2="%.0f" stroke="#23262b"/>`, x, x, pl.height)
		if x > pl.left+14 && x < pl.left+pl.width-14 {
			fmt.Fprintf(&pl.b, `<text x="%.1f" y="%.0f" text-anchor="middle">%s</text>`, x, pl.height+16, t.UTC().Format("15:04"))
		}
	}
}

// tidy takes off what floating point adds to multiples.
func tidy(v, step float64) float64 { return math.Round(v/step) * step }

// nice is a round step that is at least so large.
func nice(least float64, unit string) float64 {
	if unit == "s" && least > 1 {
		for _, s := range []float64{2, 5, 10, 15, 30, 60, 300, 600, 1800, 3600, 7200, 21600, 43200, 86400, 172800, 432000} {
			if s >= least {
				return s
			}
		}
	}
	if unit == "bytes" {
		for s := 1.0; ; s *= 2 {
			if s >= least {
				return s
			}
		}
	}
	power := math.Pow(10, math.Floor(math.Log10(least)))
	for _, f := range []float64{1, 2, 5} {
		if f*power >= least {
			return f * power
		}
	}
	return 10 * power
}

// limits draws the thresholds that a panel wants as lines.
func (pl *plot) limits(p dash.Panel) {
	mode, _ := p.FieldConfig.Defaults.Custom["thresholdsStyle"].(map[string]any)
	if mode["mode"] != "dashed" {
		return
	}
	for _, s := range p.FieldConfig.Defaults.Thresholds.Steps {
		if s.Value == nil || *s.Value > pl.high || *s.Value < pl.low {
			continue
		}
		y := pl.y(*s.Value)
		fmt.Fprintf(&pl.b, `<line x1="%.0f" x2="%.0f" y1="%.1f" y2="%.1f" stroke="%s" stroke-dasharray="7 5"/>`, pl.left, pl.left+pl.width, y, y, paint(s.Color))
	}
}
