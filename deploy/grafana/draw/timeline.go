package draw

import (
	"fmt"
	"html"
	"slices"
	"strings"

	"walletwatch/deploy/grafana/dash"
	"walletwatch/deploy/grafana/prom"
)

// timeline draws a state timeline: a row for each series, in the colours of its states.
func timeline(p dash.Panel, results []result, w dash.Window, width, height int) string {
	pl := &plot{left: axisWidth + 14, width: float64(width - axisWidth - 22), height: float64(height - axisHeight - lineHeight),
		from: stampOf(w.From), to: stampOf(w.To), low: 0, high: 1}
	fmt.Fprintf(&pl.b, `<svg width="%d" height="%d">`, width, height-lineHeight)
	pl.minutes(w)
	states := map[string]string{}
	var names []string
	for _, r := range results {
		each := pl.height / float64(max(1, len(r.series)))
		for i, s := range r.series {
			name := r.target.Legend(s)
			y := float64(i) * each
			fmt.Fprintf(&pl.b, `<text x="%.0f" y="%.1f" text-anchor="end" style="font-size:12px;fill:#ccccdc">%s</text>`, pl.left-8, y+each/2+4, html.EscapeString(name))
			fmt.Fprintf(&pl.b, `<rect x="%.0f" y="%.1f" width="%.0f" height="%.1f" fill="#1f2227"/>`, pl.left, y+each*0.1, pl.width, each*0.8)
			for text, colour := range pl.states(settings(p, name), s, y+each*0.1, each*0.8, w.Step.Seconds()) {
				if _, ok := states[text]; !ok {
					names = append(names, text)
				}
				states[text] = colour
			}
		}
	}
	slices.Sort(names)
	var legend strings.Builder
	for _, name := range names {
		fmt.Fprintf(&legend, `<span><i style="background:%s"></i>%s</span>`, states[name], html.EscapeString(name))
	}
	return pl.b.String() + `</svg><div class="legend">` + legend.String() + "</div>"
}

// states draws the states of one row, and returns their words and colours.
func (pl *plot) states(f dash.Field, s prom.Series, y, height, step float64) map[string]string {
	seen := map[string]string{}
	width := step/(pl.to-pl.from)*pl.width + 0.5
	for _, p := range s.Points {
		text, colour := display(f, p.Value)
		if colour == "transparent" {
			continue
		}
		seen[text] = colour
		x := pl.x(p.At)
		fmt.Fprintf(&pl.b, `<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" fill="%s"/>`, x, y, min(width, pl.left+pl.width-x), height, colour)
	}
	return seen
}
