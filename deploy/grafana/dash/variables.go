package dash

import (
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"walletwatch/deploy/grafana/prom"
)

// Values are the chosen values of variables, and what is shown for them.
type Values map[string]Choice

// Choice is a value of a variable and its text.
type Choice struct{ Value, Text string }

// Choose chooses what a dashboard chooses when it is opened: for each variable in turn its current value, all values, or
// the first one there is. given replaces that. Prometheus is asked as at a moment.
func (d *Dashboard) Choose(ctx context.Context, c prom.Client, at time.Time, given Values) (Values, error) {
	values := Values{}
	for _, v := range d.Templating.List {
		choice, ok := given[v.Name]
		if !ok {
			var err error
			if choice, err = v.choose(ctx, c, at, values); err != nil {
				return nil, fmt.Errorf("choosing variable %s: %w", v.Name, err)
			}
		}
		values[v.Name] = choice
	}
	return values, nil
}

func (v *Variable) choose(ctx context.Context, c prom.Client, at time.Time, chosen Values) (Choice, error) {
	switch v.Type {
	case "datasource":
		return Choice{"prometheus", "Prometheus"}, nil
	case "custom":
		current, _ := v.Current.Value.(string)
		return Choice{current, current}, nil
	case "query":
		options, err := v.options(ctx, c, at, chosen)
		if err != nil || v.IncludeAll {
			return Choice{v.AllValue, "All"}, err
		}
		if len(options) == 0 {
			return Choice{"", "None"}, nil
		}
		return options[0], nil
	}
	return Choice{}, fmt.Errorf("variables of type %s are not understood", v.Type)
}

var (
	labelValues = regexp.MustCompile(`^label_values\((.*), (\w+)\)$`)
	queryResult = regexp.MustCompile(`^query_result\((.*)\)$`)
)

// options returns what there is to choose from, sorted by text.
func (v *Variable) options(ctx context.Context, c prom.Client, at time.Time, chosen Values) ([]Choice, error) {
	text, ok := v.Query.(string)
	if !ok {
		return nil, fmt.Errorf("the query %v is no string", v.Query)
	}
	query := Expand(text, chosen, Window{})
	if m := labelValues.FindStringSubmatch(query); m != nil {
		values, err := c.LabelValues(ctx, m[1], m[2])
		var options []Choice
		for _, value := range values {
			options = append(options, Choice{value, value})
		}
		return options, err
	}
	if m := queryResult.FindStringSubmatch(query); m != nil {
		return v.results(ctx, c, at, m[1])
	}
	return nil, fmt.Errorf("the query %q is not understood", query)
}

// results picks texts and values out of series as Grafana writes them: {name="…",wallet_id="1"} 1795461646 1795461646000
func (v *Variable) results(ctx context.Context, c prom.Client, at time.Time, expr string) ([]Choice, error) {
	pattern, err := regexp.Compile(strings.Trim(v.Regex, "/"))
	if err != nil {
		return nil, err
	}
	all, err := c.Query(ctx, expr, at)
	if err != nil {
		return nil, err
	}
	var options []Choice
	for _, s := range all {
		m := pattern.FindStringSubmatch(written(s.Labels))
		if m == nil {
			return nil, fmt.Errorf("the regex matches nothing of %s", written(s.Labels))
		}
		options = append(options, Choice{m[pattern.SubexpIndex("value")], m[pattern.SubexpIndex("text")]})
	}
	slices.SortFunc(options, func(a, b Choice) int { return strings.Compare(a.Text, b.Text) })
	return options, nil
}

func written(labels map[string]string) string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(labels)) {
		parts = append(parts, fmt.Sprintf("%s=%q", name, labels[name]))
	}
	return "{" + strings.Join(parts, ",") + "}"
}
