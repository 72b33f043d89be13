package boards

import (
	"maps"
	"slices"

	"github.com/grafana/grafana-foundation-sdk/go/bargauge"
	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/common"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	"github.com/grafana/grafana-foundation-sdk/go/prometheus"
	"github.com/grafana/grafana-foundation-sdk/go/stat"
	"github.com/grafana/grafana-foundation-sdk/go/statetimeline"
	"github.com/grafana/grafana-foundation-sdk/go/timeseries"
)

// about is what every panel has: what it is called, what it means and what to do about it, the unit of its values, and
// its size on a grid 24 wide.
type about struct {
	title, meaning, unit string
	width, height        uint32
}

// noData is shown instead of values where there are none.
const noData = "no data"

func source() common.DataSourceRef {
	kind, uid := "prometheus", "${datasource}"
	return common.DataSourceRef{Type: &kind, Uid: &uid}
}

func figure(a about, targets ...*prometheus.DataqueryBuilder) *stat.PanelBuilder {
	p := stat.NewPanelBuilder().Title(a.title).Description(a.meaning).Unit(a.unit).Span(a.width).Height(a.height).
		Datasource(source()).NoValue(noData).
		ColorMode(common.BigValueColorModeBackground).GraphMode(common.BigValueGraphModeNone).
		Thresholds(steps("green")).Orientation(common.VizOrientationAuto).
		ReduceOptions(common.NewReduceDataOptionsBuilder().Calcs([]string{"lastNotNull"}))
	for i, t := range targets {
		p.WithTarget(t.RefId(letter(i)))
	}
	return p
}

func lines(a about, targets ...*prometheus.DataqueryBuilder) *timeseries.PanelBuilder {
	p := timeseries.NewPanelBuilder().Title(a.title).Description(a.meaning).Unit(a.unit).Span(a.width).Height(a.height).
		Datasource(source()).NoValue(noData).
		LineWidth(1.5).FillOpacity(8).ShowPoints(common.VisibilityModeNever).
		ColorScheme(dashboard.NewFieldColorBuilder().Mode(dashboard.FieldColorModeIdPaletteClassic)).
		Legend(common.NewVizLegendOptionsBuilder().ShowLegend(true).DisplayMode(common.LegendDisplayModeList).
			Placement(common.LegendPlacementBottom).Calcs([]string{})).
		Tooltip(common.NewVizTooltipOptionsBuilder().Mode(common.TooltipDisplayModeMulti).Sort(common.SortOrderDescending))
	for i, t := range targets {
		p.WithTarget(t.RefId(letter(i)))
	}
	return p
}

// counts draws whole things per minute, stacked.
func counts(a about, targets ...*prometheus.DataqueryBuilder) *timeseries.PanelBuilder {
	return lines(a, targets...).Min(0).FillOpacity(60).DrawStyle(common.GraphDrawStyleBars).LineWidth(0).
		Stacking(common.NewStackingConfigBuilder().Mode(common.StackingModeNormal).Group("A"))
}

func gauges(a about, targets ...*prometheus.DataqueryBuilder) *bargauge.PanelBuilder {
	p := bargauge.NewPanelBuilder().Title(a.title).Description(a.meaning).Unit(a.unit).Span(a.width).Height(a.height).
		Datasource(source()).NoValue(noData).
		DisplayMode(common.BarGaugeDisplayModeBasic).Orientation(common.VizOrientationHorizontal).
		ReduceOptions(common.NewReduceDataOptionsBuilder().Calcs([]string{"lastNotNull"}))
	for i, t := range targets {
		p.WithTarget(t.RefId(letter(i)))
	}
	return p
}

func timeline(a about, targets ...*prometheus.DataqueryBuilder) *statetimeline.PanelBuilder {
	p := statetimeline.NewPanelBuilder().Title(a.title).Description(a.meaning).Unit(a.unit).Span(a.width).Height(a.height).
		Datasource(source()).NoValue(noData).
		ShowValue(common.VisibilityModeNever).MergeValues(true).RowHeight(0.8).FillOpacity(80).LineWidth(0).
		Legend(common.NewVizLegendOptionsBuilder().ShowLegend(false).DisplayMode(common.LegendDisplayModeList).
			Placement(common.LegendPlacementBottom).Calcs([]string{}))
	for i, t := range targets {
		p.WithTarget(t.RefId(letter(i)))
	}
	return p
}

// letter names a panel's query.
func letter(i int) string { return string(rune('A' + i)) }

// step is the colour from a value on.
type step struct {
	from   float64
	colour string
}

// steps colours values: base below the first step.
func steps(base string, more ...step) cog.Builder[dashboard.ThresholdsConfig] {
	all := []dashboard.Threshold{{Color: base}}
	for _, s := range more {
		all = append(all, dashboard.Threshold{Value: &s.from, Color: s.colour})
	}
	return dashboard.NewThresholdsConfigBuilder().Mode(dashboard.ThresholdsModeAbsolute).Steps(all)
}

// word shows a value as a word in a colour.
type word struct{ value, text, colour string }

func words(all ...word) []dashboard.ValueMapping {
	options := map[string]dashboard.ValueMappingResult{}
	for i, w := range all {
		index := int32(i)
		options[w.value] = dashboard.ValueMappingResult{Text: &w.text, Color: &w.colour, Index: &index}
	}
	return []dashboard.ValueMapping{{ValueMap: &dashboard.ValueMap{Type: dashboard.MappingTypeValueToText, Options: options}}}
}

// property is a setting of one field that differs from the others'.
func property(id string, value any) dashboard.DynamicConfigValue {
	return dashboard.DynamicConfigValue{Id: id, Value: value}
}

func fixed(colour string) dashboard.DynamicConfigValue {
	return property("color", map[string]any{"mode": "fixed", "fixedColor": colour})
}

// levelColours are the colours of the levels of the shipped policy and of the three that every policy has. Levels of
// other names take the panel's own colour.
func levelColours() map[string]string {
	return map[string]string{"ok": "green", "learning": "blue", "unknown": "purple", "warning": "orange", "critical": "red"}
}

// levelLines colours the lines of levels.
func levelLines() []cog.Builder[dashboard.DashboardFieldConfigSourceOverrides] {
	var all []cog.Builder[dashboard.DashboardFieldConfigSourceOverrides]
	colours := levelColours()
	for _, level := range slices.Sorted(maps.Keys(colours)) {
		all = append(all, dashboard.NewDashboardFieldConfigSourceOverridesBuilder().
			Matcher(dashboard.MatcherConfig{Id: "byName", Options: level}).
			Properties([]dashboard.DynamicConfigValue{fixed(colours[level])}))
	}
	return all
}

// levelWords colours the names of levels in a table.
func levelWords() []dashboard.ValueMapping {
	var all []word
	colours := levelColours()
	for _, level := range slices.Sorted(maps.Keys(colours)) {
		all = append(all, word{level, level, colours[level]})
	}
	return words(all...)
}

// stages are steps in an override.
func stages(base string, more ...step) dashboard.ThresholdsConfig {
	built, _ := steps(base, more...).Build() // it refuses nothing
	return built
}

func thresholdLine() cog.Builder[common.GraphThresholdsStyleConfig] {
	return common.NewGraphThresholdsStyleConfigBuilder().Mode(common.GraphThresholdsStyleModeDashed)
}

func twoDecimals() []dashboard.DynamicConfigValue {
	return []dashboard.DynamicConfigValue{property("decimals", 2)}
}

// levelStates colours the times at each level in a timeline.
func levelStates() []cog.Builder[dashboard.DashboardFieldConfigSourceOverrides] {
	var all []cog.Builder[dashboard.DashboardFieldConfigSourceOverrides]
	colours := levelColours()
	for _, level := range slices.Sorted(maps.Keys(colours)) {
		all = append(all, dashboard.NewDashboardFieldConfigSourceOverridesBuilder().
			Matcher(dashboard.MatcherConfig{Id: "byName", Options: level}).
			Properties([]dashboard.DynamicConfigValue{property("mappings",
				words(word{"0", " ", "transparent"}, word{"1", level, colours[level]}))}))
	}
	return all
}
