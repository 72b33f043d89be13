package draw

import (
	"fmt"
	"html"
	"slices"
	"strings"

	"walletwatch/deploy/grafana/dash"
)

// cell is a text or a number.
type cell struct {
	text   string
	number float64
	isText bool
}

// record is a row of a table: cells by field name.
type record map[string]cell

// table draws a table after its transformations: merge, sortBy, organize.
func table(p dash.Panel, results []result) string {
	records := merged(results)
	var names []string
	headers := map[string]string{}
	for _, t := range p.Transformations {
		switch t.ID {
		case "sortBy":
			slices.SortStableFunc(records, func(a, b record) int { return compare(a[t.Options.Sort[0].Field], b[t.Options.Sort[0].Field]) })
		case "organize":
			headers = t.Options.RenameByName
			for name := range t.Options.IndexByName {
				names = append(names, name)
			}
			slices.SortFunc(names, func(a, b string) int { return t.Options.IndexByName[a] - t.Options.IndexByName[b] })
		}
	}
	return written(p, records, names, headers)
}

// merged joins the rows of all queries that agree in the labels they have in common.
func merged(results []result) []record {
	common := commonLabels(results)
	index := map[string]record{}
	var all []record
	for _, r := range results {
		for _, s := range r.series {
			var key strings.Builder
			for _, name := range common {
				fmt.Fprintf(&key, "%q,", s.Labels[name])
			}
			row, ok := index[key.String()]
			if !ok {
				row = record{}
				index[key.String()] = row
				all = append(all, row)
			}
			for name, v := range s.Labels {
				row[name] = cell{text: v, isText: true}
			}
			row[valueName(r, len(results))] = cell{number: last(s)}
		}
	}
	return all
}

func valueName(r result, queries int) string {
	if queries == 1 {
		return "Value"
	}
	return "Value #" + r.target.RefID
}

func commonLabels(results []result) []string {
	counts, asked := map[string]int{}, 0
	for _, r := range results {
		if len(r.series) == 0 {
			continue
		}
		asked++
		for name := range r.series[0].Labels {
			counts[name]++
		}
	}
	var common []string
	for name, n := range counts {
		if n == asked {
			common = append(common, name)
		}
	}
	slices.Sort(common)
	return common
}

func compare(a, b cell) int {
	if a.isText || b.isText {
		return strings.Compare(a.text, b.text)
	}
	switch {
	case a.number < b.number:
		return -1
	case a.number > b.number:
		return 1
	}
	return 0
}

func written(p dash.Panel, records []record, names []string, headers map[string]string) string {
	var b strings.Builder
	b.WriteString("<table><tr>")
	for _, name := range names {
		fmt.Fprintf(&b, `<th class="%s">%s</th>`, class(name), html.EscapeString(header(name, headers)))
	}
	b.WriteString("</tr>")
	for _, row := range records {
		b.WriteString("<tr>")
		for _, name := range names {
			fmt.Fprintf(&b, `<td class="%s">%s</td>`, class(name), shown(settings(p, header(name, headers)), row, name))
		}
		b.WriteString("</tr>")
	}
	return b.String() + "</table>"
}

// class sets numbers to the right.
func class(name string) string {
	if strings.HasPrefix(name, "Value") {
		return "n"
	}
	return ""
}

func header(name string, headers map[string]string) string {
	if h, ok := headers[name]; ok {
		return h
	}
	return name
}

func shown(f dash.Field, row record, name string) string {
	c, ok := row[name]
	if !ok {
		return ""
	}
	text, colour := c.text, ""
	if !c.isText {
		text, colour = display(f, c.number)
	} else if word, paint, ok := mapped(f, c.text); ok {
		text, colour = word, paint
	}
	text = html.EscapeString(text)
	if len(f.Links) > 0 {
		return "<a>" + text + "</a>"
	}
	if options, _ := f.Custom["cellOptions"].(map[string]any); options["type"] != "color-text" {
		return text
	}
	return fmt.Sprintf(`<span style="color:%s">%s</span>`, colour, text)
}
