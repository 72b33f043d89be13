// Package prom asks a Prometheus server what Grafana would ask it.
package prom

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// Client asks the server at URL, such as http://127.0.0.1:9090.
type Client struct{ URL string }

// Series is one result: an instant query's has one point.
type Series struct {
	Labels map[string]string
	Points []Point
}

// Point is a value at a time in Unix seconds.
type Point struct{ At, Value float64 }

// Query evaluates an expression at a moment.
func (c Client) Query(ctx context.Context, expr string, at time.Time) ([]Series, error) {
	return c.series(ctx, "/api/v1/query", url.Values{"query": {expr}, "time": {stamp(at)}})
}

// Range evaluates an expression every step from from to to.
func (c Client) Range(ctx context.Context, expr string, from, to time.Time, step time.Duration) ([]Series, error) {
	return c.series(ctx, "/api/v1/query_range", url.Values{
		"query": {expr}, "start": {stamp(from)}, "end": {stamp(to)}, "step": {strconv.FormatFloat(step.Seconds(), 'f', 3, 64)},
	})
}

// LabelValues returns the values of a label among the series that match a selector.
func (c Client) LabelValues(ctx context.Context, selector, label string) (values []string, err error) {
	err = c.get(ctx, "/api/v1/label/"+url.PathEscape(label)+"/values", url.Values{"match[]": {selector}}, &values)
	return values, err
}

func (c Client) series(ctx context.Context, path string, form url.Values) ([]Series, error) {
	var data struct {
		Result []struct {
			Metric map[string]string
			Value  *pair
			Values []pair
		}
	}
	if err := c.get(ctx, path, form, &data); err != nil {
		return nil, err
	}
	all := make([]Series, 0, len(data.Result))
	for _, r := range data.Result {
		s := Series{Labels: r.Metric}
		if r.Value != nil {
			r.Values = append(r.Values, *r.Value)
		}
		for _, v := range r.Values {
			s.Points = append(s.Points, Point(v))
		}
		all = append(all, s)
	}
	return all, nil
}

func (c Client) get(ctx context.Context, path string, form url.Values, data any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.URL+path+"?"+form.Encode(), nil)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("asking Prometheus: %w", err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return fmt.Errorf("reading Prometheus' answer: %w", err)
	}
	var answer struct {
		Status, Error string
		Data          json.RawMessage
	}
	if err := json.Unmarshal(text, &answer); err != nil {
		return fmt.Errorf("reading Prometheus' answer with status %d: %w", resp.StatusCode, err)
	}
	if answer.Status != "success" {
		return errors.New("Prometheus refuses: " + answer.Error)
	}
	return json.Unmarshal(answer.Data, data)
}

// pair is a point as Prometheus writes it: [seconds, "value"].
type pair Point

// UnmarshalJSON implements json.Unmarshaler.
func (p *pair) UnmarshalJSON(text []byte) error {
	var value string
	both := []any{&p.At, &value}
	if err := json.Unmarshal(text, &both); err != nil {
		return err
	}
	v, err := strconv.ParseFloat(value, 64)
	p.Value = v
	return err
}

func stamp(t time.Time) string { return strconv.FormatFloat(float64(t.UnixMilli())/1000, 'f', 3, 64) }
