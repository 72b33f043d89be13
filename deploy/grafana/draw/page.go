// Package draw draws dashboards from their JSON: the same panels at the same places, with the same titles, units, words
// and colours that Grafana would use. It is no Grafana: what is not in a still picture is left out.
package draw

import (
	"context"
	"fmt"
	"html"
	"strings"

	"walletwatch/deploy/grafana/dash"
	"walletwatch/deploy/grafana/prom"
)

// The grid, in pixels.
const (
	columnWidth = 66
	rowHeight   = 38
	gap         = 8
	headHeight  = 96
	footHeight  = 34
	pageWidth   = 24*columnWidth + gap
)

// Page is a page of HTML and its height.
type Page struct {
	HTML   string
	Height int
}

// result is what a target of a panel returned.
type result struct {
	target dash.Target
	series []prom.Series
}

// Dashboard draws a dashboard with what Prometheus knows of a window.
func Dashboard(ctx context.Context, c prom.Client, d *dash.Dashboard, given dash.Values, w dash.Window) (Page, error) {
	values, err := d.Choose(ctx, c, w.To, given)
	if err != nil {
		return Page{}, err
	}
	var b strings.Builder
	b.WriteString(head(d, values))
	bottom := 0
	for _, p := range d.Panels {
		bottom = max(bottom, p.GridPos.Y+p.GridPos.H)
		var results []result
		for _, t := range p.Targets {
			series, err := t.Ask(ctx, c, values, w)
			if err != nil {
				return Page{}, fmt.Errorf("panel %s: %w", p.Title, err)
			}
			results = append(results, result{t, series})
		}
		b.WriteString(place(p, values, body(p, results, w)))
	}
	height := headHeight + bottom*rowHeight + footHeight
	fmt.Fprintf(&b, `<div class="foot" style="top:%dpx">Drawn from the dashboard's JSON with data of a daemon that watches the simulated API. Not a Grafana screenshot.</div>`,
		height-footHeight+6)
	return Page{b.String(), height}, nil
}

func head(d *dash.Dashboard, values dash.Values) string {
	var b strings.Builder
	fmt.Fprintf(&b, `<!doctype html><meta charset="utf-8"><style>%s</style><h1>%s</h1><div class="vars">`, style, html.EscapeString(d.Title))
	for _, v := range d.Templating.List {
		text := values[v.Name].Text
		if text == "" {
			text = "None"
		}
		fmt.Fprintf(&b, `<span class="var">%s <b>%s</b></span>`, html.EscapeString(v.Label), html.EscapeString(text))
	}
	b.WriteString("</div>")
	return b.String()
}

// place puts a panel at its place.
func place(p dash.Panel, values dash.Values, inside string) string {
	at := fmt.Sprintf("left:%dpx;top:%dpx;width:%dpx;height:%dpx", p.GridPos.X*columnWidth+gap, headHeight+p.GridPos.Y*rowHeight,
		p.GridPos.W*columnWidth-gap, p.GridPos.H*rowHeight-gap)
	title := html.EscapeString(dash.Title(p.Title, values))
	if p.Type == "row" {
		return fmt.Sprintf(`<div class="row" style="%s">&#9662; %s</div>`, at, title)
	}
	return fmt.Sprintf(`<div class="panel" style="%s"><div class="title">%s</div>%s</div>`, at, title, inside)
}

// body draws what is inside of a panel.
func body(p dash.Panel, results []result, w dash.Window) string {
	width, height := p.GridPos.W*columnWidth-gap-16, p.GridPos.H*rowHeight-gap-34
	empty := true
	for _, r := range results {
		empty = empty && len(r.series) == 0
	}
	if empty && p.Type != "row" {
		return fmt.Sprintf(`<div class="none">%s</div>`, html.EscapeString(p.FieldConfig.Defaults.NoValue))
	}
	switch p.Type {
	case "stat":
		return figures(p, results, height)
	case "timeseries":
		return chart(p, results, w, width, height)
	case "table":
		return table(p, results)
	case "bargauge":
		return bars(p, results, width, height)
	case "state-timeline":
		return timeline(p, results, w, width, height)
	}
	return ""
}

const style = `
body{margin:0;background:#111217;color:#ccccdc;font:13px/1.3 "DejaVu Sans",Arial,sans-serif;position:relative}
h1{position:absolute;left:12px;top:10px;margin:0;font-size:19px;font-weight:600}
.vars{position:absolute;left:12px;top:48px;white-space:nowrap}
.var{background:#181b1f;border:1px solid #2f3137;padding:6px 9px;margin-right:8px;border-radius:3px;color:#9a9bab}
.var b{color:#ccccdc;font-weight:600;margin-left:4px}
.panel,.row,.foot{position:absolute;box-sizing:border-box}
.panel{background:#181b1f;border:1px solid #25272c;border-radius:3px;padding:6px 8px;overflow:hidden}
.row{font-size:15px;font-weight:600;padding-top:3px}
.title{font-weight:600;font-size:13px;height:22px;white-space:nowrap;overflow:hidden;text-overflow:ellipsis}
.none{color:#8e8f9e;text-align:center;padding-top:24px;font-size:15px}
.foot{left:12px;color:#8e8f9e;font-size:12px}
.figures{display:flex;gap:6px}
.figure{flex:1;border-radius:3px;display:flex;flex-direction:column;align-items:center;justify-content:center;overflow:hidden;text-align:center}
.figure .name{font-size:12px;opacity:.9;padding:0 4px}
table{border-collapse:collapse;width:100%;font-size:13px}
th{text-align:left;color:#6e9fff;font-weight:600;padding:5px 8px;border-bottom:1px solid #2f3137}
td{padding:6px 8px;border-bottom:1px solid #22252b;white-space:nowrap}
td.n,th.n{text-align:right}
a{color:#6e9fff;text-decoration:none}
.legend{font-size:12px;line-height:18px;overflow:hidden;color:#b5b6c4}
.legend span{margin-right:14px;white-space:nowrap;display:inline-block}
.legend i{display:inline-block;width:14px;height:4px;border-radius:2px;margin-right:5px;vertical-align:middle}
svg{display:block}svg text{font:11px "DejaVu Sans",Arial,sans-serif;fill:#9a9bab}
`
