package draw

import (
	"fmt"
	"html"
	"math"
	"strings"

	"walletwatch/deploy/grafana/dash"
	"walletwatch/deploy/grafana/prom"
)

// figures draws a stat panel.
func figures(p dash.Panel, results []result, height int) string {
	var cells []string
	for _, r := range results {
		for _, s := range r.series {
			cells = append(cells, figure(p, r.target.Legend(s), last(s), height))
		}
	}
	return `<div class="figures">` + strings.Join(cells, "") + `</div>`
}

func figure(p dash.Panel, name string, v float64, height int) string {
	f := settings(p, name)
	text, colour := display(f, v)
	label := ""
	switch p.Options.TextMode {
	case "name":
		text = name
	case "value_and_name":
		label = fmt.Sprintf(`<div class="name">%s</div>`, html.EscapeString(name))
	}
	look := fmt.Sprintf("height:%dpx;color:%s", height-4, colour)
	if p.Options.ColorMode == "background" {
		look = fmt.Sprintf("height:%dpx;background:%s;color:#111217", height-4, colour)
	}
	size := min(30, 1500/max(1, p.GridPos.W)/max(1, len(text)))
	if p.GridPos.W <= 4 {
		size = min(30, 300/max(1, len(text)))
	}
	return fmt.Sprintf(`<div class="figure" style="%s">%s<div style="font-size:%dpx;font-weight:600">%s</div></div>`,
		look, label, max(15, size), html.EscapeString(text))
}

// last is the newest number of a series.
func last(s prom.Series) float64 {
	v := math.NaN()
	for _, p := range s.Points {
		if !math.IsNaN(p.Value) {
			v = p.Value
		}
	}
	return v
}

// bars draws a bar gauge.
func bars(p dash.Panel, results []result, width, height int) string {
	var b strings.Builder
	fmt.Fprintf(&b, `<svg width="%d" height="%d">`, width, height)
	const nameWidth, valueWidth = 150, 80
	i := 0
	for _, r := range results {
		each := min(46, height/max(1, len(r.series)))
		for _, s := range r.series {
			name, v := r.target.Legend(s), last(s)
			f := settings(p, name)
			text, colour := display(f, v)
			whole := float64(width - nameWidth - valueWidth)
			share := (v - *f.Min) / (*f.Max - *f.Min)
			y := i * each
			fmt.Fprintf(&b, `<text x="%d" y="%d" text-anchor="end" style="font-size:13px;fill:#ccccdc">%s</text>`, nameWidth-10, y+each/2+4, html.EscapeString(name))
			fmt.Fprintf(&b, `<rect x="%d" y="%d" width="%.0f" height="%d" rx="2" fill="#22252b"/>`, nameWidth, y+5, whole, each-10)
			fmt.Fprintf(&b, `<rect x="%d" y="%d" width="%.0f" height="%d" rx="2" fill="%s"/>`, nameWidth, y+5, whole*max(0.004, min(1, share)), each-10, colour)
			fmt.Fprintf(&b, `<text x="%d" y="%d" style="font-size:15px;font-weight:600;fill:%s">%s</text>`, width-valueWidth+10, y+each/2+5, colour, html.EscapeString(text))
			i++
		}
	}
	return b.String() + "</svg>"
}
