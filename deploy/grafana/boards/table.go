package boards

import (
	"github.com/grafana/grafana-foundation-sdk/go/common"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	"github.com/grafana/grafana-foundation-sdk/go/prometheus"
	"github.com/grafana/grafana-foundation-sdk/go/table"
)

// field is a column that is shown. Of a label it has the label's name, of a query "Value #" and its letter.
type field struct {
	name, header, unit string
	width              int
	more               []dashboard.DynamicConfigValue
}

// rows shows a row for each wallet (or whatever the queries have in common), sorted by the field that sortBy names, and
// only the fields given, in this order. hidden are fields that are not shown.
func rows(a about, sortBy string, fields []field, hidden []string, targets ...*prometheus.DataqueryBuilder) *table.PanelBuilder {
	p := table.NewPanelBuilder().Title(a.title).Description(a.meaning).Unit(a.unit).Span(a.width).Height(a.height).
		Datasource(source()).NoValue(noData).CellHeight(common.TableCellHeightSm).ShowHeader(true)
	for _, t := range targets {
		p.WithTarget(t)
	}
	if len(targets) > 1 {
		p.WithTransformation(transformation("merge", map[string]any{}))
	}
	p.WithTransformation(transformation("sortBy", map[string]any{"sort": []any{map[string]any{"field": sortBy}}}))
	p.WithTransformation(transformation("organize", arrangement(fields, append(hidden, "Time"))))
	for _, f := range fields {
		p.OverrideByName(f.shown(), f.properties())
	}
	return p
}

func arrangement(fields []field, hidden []string) map[string]any {
	exclude, index, rename := map[string]bool{}, map[string]int{}, map[string]string{}
	for _, name := range hidden {
		exclude[name] = true
	}
	for i, f := range fields {
		index[f.name] = i
		if f.header != "" {
			rename[f.name] = f.header
		}
	}
	return map[string]any{"excludeByName": exclude, "indexByName": index, "renameByName": rename}
}

func (f field) shown() string {
	if f.header != "" {
		return f.header
	}
	return f.name
}

func (f field) properties() []dashboard.DynamicConfigValue {
	var all []dashboard.DynamicConfigValue
	if f.unit != "" {
		all = append(all, property("unit", f.unit))
	}
	if f.width > 0 {
		all = append(all, property("custom.width", f.width))
	}
	return append(all, f.more...)
}

func transformation(id string, options map[string]any) dashboard.DataTransformerConfig {
	return dashboard.DataTransformerConfig{Id: id, Options: options}
}

// coloured colours a cell's text by steps or mappings.
func coloured() dashboard.DynamicConfigValue {
	return property("custom.cellOptions", map[string]any{"type": "color-text"})
}

// linked leads from a cell to the wallet of its row.
func linked() dashboard.DynamicConfigValue {
	return property("links", []any{map[string]any{
		"title": "Look at this wallet",
		"url": walletURL + "?${datasource:queryparam}&${namespace:queryparam}&${job:queryparam}" +
			"&var-account=${__data.fields.account:percentencode}&var-wallet=${__data.fields.wallet_id}&${__url_time_range}",
	}})
}
