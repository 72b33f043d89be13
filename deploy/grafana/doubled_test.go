package main

import (
	"slices"
	"strings"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
)

// perProcess are figures that each replica has for itself, so they may be shown for each or added up.
var perProcess = []string{
	"up", "walletwatch_build_info", "walletwatch_policy_in_force", "process_resident_memory_bytes", "process_cpu_seconds_total", "walletwatch_http_connections",
}

// ofEach are gauges of which the newest or the worst of all replicas counts. Any other gauge is one of what the database
// holds, and a replica may be behind.
var ofEach = []string{
	"walletwatch_database_up", "walletwatch_config_last_reload_successful", "walletwatch_heartbeat_last_success_timestamp_seconds",
	"walletwatch_poll_last_success_timestamp_seconds", "walletwatch_wallet_observed_timestamp_seconds", "walletwatch_webhook_last_accepted_timestamp_seconds",
}

// doubled says what is wrong with a query when there are several replicas, installations or currencies: a gauge that all
// replicas share must be taken from the one that is believed and then go through max or min, a counter's rate through sum, neither by instance; every selector
// must name one installation; and amounts of money are never added up.
func doubled(e parser.Expr) (wrong []string) {
	parser.Inspect(e, func(node parser.Node, path []parser.Node) error {
		switch n := node.(type) {
		case *parser.VectorSelector:
			wrong = append(wrong, inSelector(n, path)...)
		case *parser.AggregateExpr:
			if n.Op == parser.SUM && money(n.Expr) {
				wrong = append(wrong, "amounts of money are added up")
			}
		}
		return nil
	})
	return wrong
}

func inSelector(s *parser.VectorSelector, path []parser.Node) (wrong []string) {
	for _, name := range []string{"namespace", "job"} {
		if !slices.ContainsFunc(s.LabelMatchers, func(m *labels.Matcher) bool { return m.Name == name && m.Type == labels.MatchEqual }) {
			wrong = append(wrong, s.Name+" is of no one "+name)
		}
	}
	if slices.Contains(perProcess, s.Name) || slices.ContainsFunc(path, believed) {
		return wrong
	}
	first := innermost(path)
	if first == nil {
		return append(wrong, s.Name+" is shown for every replica")
	}
	if slices.Contains(first.Grouping, "instance") || first.Without {
		wrong = append(wrong, s.Name+" is kept apart by replica")
	}
	counter := strings.HasSuffix(s.Name, "_total") || strings.HasSuffix(s.Name, "_bucket")
	if and, ok := path[len(path)-1].(*parser.BinaryExpr); !counter && !slices.Contains(ofEach, s.Name) && !(ok && and.Op == parser.LAND && believed(and.RHS)) {
		wrong = append(wrong, s.Name+" is taken from replicas that may be behind")
	}
	if added := first.Op == parser.SUM; added && !counter || !added && calls(path, "rate") {
		wrong = append(wrong, s.Name+" goes first through "+first.Op.String())
	}
	return wrong
}

// believed reports whether an expression names the one replica whose word counts.
func believed(n parser.Node) bool {
	a, ok := n.(*parser.AggregateExpr)
	return ok && a.Op == parser.TOPK && len(a.Grouping) == 0 && strings.Contains(a.String(), "walletwatch_database_up") && a.Param.String() == "1"
}

// innermost is the aggregation closest to the end of a path.
func innermost(path []parser.Node) *parser.AggregateExpr {
	for _, n := range slices.Backward(path) {
		if a, ok := n.(*parser.AggregateExpr); ok {
			return a
		}
	}
	return nil
}

func calls(path []parser.Node, function string) bool {
	return slices.ContainsFunc(path, func(n parser.Node) bool {
		c, ok := n.(*parser.Call)
		return ok && c.Func.Name == function
	})
}

// money reports whether the values of an expression are amounts. A quotient of two is none, nor is a comparison's outcome.
func money(e parser.Expr) bool {
	found := false
	parser.Inspect(e, func(n parser.Node, path []parser.Node) error {
		s, ok := n.(*parser.VectorSelector)
		if !ok || slices.ContainsFunc(path, func(n parser.Node) bool {
			b, ok := n.(*parser.BinaryExpr)
			return ok && (b.Op == parser.DIV || b.ReturnBool)
		}) {
			return nil
		}
		found = found || slices.Contains([]string{"balance", "daily_spend", "threshold"}, strings.TrimPrefix(s.Name, "walletwatch_wallet_"))
		return nil
	})
	return found
}
