// Package dash reads dashboards as Grafana does: what their panels ask, with which values of their variables.
package dash

import (
	"encoding/json"
	"fmt"
)

// Dashboard is what is used here of a dashboard's JSON.
type Dashboard struct {
	UID, Title, Description string
	Panels                  []Panel
	Templating              struct{ List []Variable }
	Time                    struct{ From, To string }
}

// Panel is one panel; a row is a panel of type row, which shows nothing but its title.
type Panel struct {
	ID                       int
	Type, Title, Description string
	Datasource               struct{ Type, UID string }
	GridPos                  struct{ X, Y, W, H int }
	Targets                  []Target
	Transformations          []Transformation
	FieldConfig              struct {
		Defaults  Field
		Overrides []Override
	}
	Options struct {
		TextMode, ColorMode string
	}
}

// Target is one query of a panel.
type Target struct {
	RefID, Expr, LegendFormat, Format string
	Instant, Range                    bool
}

// Transformation changes what queries returned.
type Transformation struct {
	ID      string
	Options struct {
		Sort          []struct{ Field string }
		ExcludeByName map[string]bool
		IndexByName   map[string]int
		RenameByName  map[string]string
	}
}

// Field is how values are shown.
type Field struct {
	Unit, NoValue string
	Decimals      *int
	Min, Max      *float64
	Color         struct{ Mode, FixedColor string }
	Thresholds    Thresholds
	Mappings      []Mapping
	Links         []struct{ Title, URL string }
	Custom        map[string]any
}

// Thresholds colour values: each colour from its value on.
type Thresholds struct {
	Steps []struct {
		Value *float64
		Color string
	}
}

// Mapping shows values as words.
type Mapping struct {
	Options map[string]struct{ Text, Color string }
}

// Override changes the settings of some fields.
type Override struct {
	Matcher struct {
		ID      string
		Options any
	}
	Properties []struct {
		ID    string
		Value json.RawMessage
	}
}

// Variable is what people choose from at the top of a dashboard.
type Variable struct {
	Name, Type, Label string
	Query             any
	Regex             string
	Multi             bool
	IncludeAll        bool
	AllValue          string
	Current           struct{ Text, Value any }
}

// Read decodes a dashboard.
func Read(text []byte) (*Dashboard, error) {
	var d Dashboard
	if err := json.Unmarshal(text, &d); err != nil {
		return nil, fmt.Errorf("reading a dashboard: %w", err)
	}
	return &d, nil
}

// Charts returns the panels that show data.
func (d *Dashboard) Charts() []Panel {
	var all []Panel
	for _, p := range d.Panels {
		if p.Type != "row" {
			all = append(all, p)
		}
	}
	return all
}
