package draw

import (
	"encoding/json"
	"regexp"
	"strconv"
	"strings"

	"walletwatch/deploy/grafana/dash"
)

// settings returns how a field of a panel is shown: the defaults, changed by the overrides that match its name.
func settings(p dash.Panel, name string) dash.Field {
	f := p.FieldConfig.Defaults
	custom := map[string]any{}
	for k, v := range f.Custom {
		custom[k] = v
	}
	f.Custom = custom
	for _, o := range p.FieldConfig.Overrides {
		if !matches(o, name) {
			continue
		}
		for _, property := range o.Properties {
			apply(&f, property.ID, property.Value)
		}
	}
	return f
}

func matches(o dash.Override, name string) bool {
	text, _ := o.Matcher.Options.(string)
	if o.Matcher.ID == "byRegexp" {
		ok, err := regexp.MatchString(text, name)
		return err == nil && ok
	}
	return o.Matcher.ID == "byName" && text == name
}

// apply sets what drawings show; other properties do not matter here.
func apply(f *dash.Field, id string, value json.RawMessage) {
	if custom, ok := strings.CutPrefix(id, "custom."); ok {
		var v any
		if json.Unmarshal(value, &v) == nil {
			f.Custom[custom] = v
		}
		return
	}
	into := map[string]any{
		"unit": &f.Unit, "decimals": &f.Decimals, "color": &f.Color, "mappings": &f.Mappings, "thresholds": &f.Thresholds, "links": &f.Links,
	}[id]
	if into != nil {
		reset(f, id)
		_ = json.Unmarshal(value, into) // the SDK wrote it
	}
}

// reset forgets what an override replaces as a whole.
func reset(f *dash.Field, id string) {
	switch id {
	case "mappings":
		f.Mappings = nil
	case "thresholds":
		f.Thresholds = dash.Thresholds{}
	}
}

// mapped returns the word and colour that a value is shown as; ok false: it has none.
func mapped(f dash.Field, value string) (text, colour string, ok bool) {
	for _, m := range f.Mappings {
		if w, found := m.Options[value]; found {
			return w.Text, paint(w.Color), true
		}
	}
	return "", "", false
}

// display is a value in words and its colour.
func display(f dash.Field, v float64) (text, colour string) {
	if text, colour, ok := mapped(f, strconv.FormatFloat(v, 'f', -1, 64)); ok {
		return text, colour
	}
	if f.Color.Mode == "fixed" {
		return format(f.Unit, f.Decimals, v), paint(f.Color.FixedColor)
	}
	return format(f.Unit, f.Decimals, v), threshold(f, v)
}

// threshold is the colour of the highest step that a value has reached.
func threshold(f dash.Field, v float64) string {
	colour := "text"
	for _, s := range f.Thresholds.Steps {
		if s.Value == nil || v >= *s.Value {
			colour = s.Color
		}
	}
	return paint(colour)
}

// paint is a named colour of Grafana's dark theme.
func paint(name string) string {
	if c, ok := map[string]string{
		"green": "#73BF69", "red": "#F2495C", "orange": "#FF9830", "blue": "#5794F2", "purple": "#B877D9", "text": "#D0D1DC",
	}[name]; ok {
		return c
	}
	return name
}

// palette is Grafana's classic one.
func palette(i int) string {
	colours := []string{"#7EB26D", "#EAB839", "#6ED0E0", "#EF843C", "#E24D42", "#1F78C1", "#BA43A9", "#705DA0", "#508642", "#CCA300", "#447EBC", "#C15C17"}
	return colours[i%len(colours)]
}
