package config

import (
	"cmp"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// receiverName is the pattern of the names under receivers.
const receiverName = `^[a-z][a-z0-9_-]{0,63}$`

// receivers returns the receivers in the order of the file.
func (p *parser) receivers(doc *document) []Receiver {
	named := regexp.MustCompile(receiverName)
	var out []Receiver
	for name, r := range doc.Receivers {
		at := p.origin(r).key
		if !named.MatchString(name) {
			p.rejectAt(at, "receivers: expected a name of small letters, digits, - and _, got %s", quote(name))
		}
		if !p.sound(&r.Type) || !p.given(&r.Type) {
			continue
		}
		out = append(out, p.receiver(name, at, r))
	}
	slices.SortFunc(out, func(a, b Receiver) int {
		return cmp.Or(cmp.Compare(a.Position.Line, b.Position.Line), cmp.Compare(a.Position.Column, b.Position.Column))
	})
	return out
}

func (p *parser) receiver(name string, at Position, r *receiver) Receiver {
	out := Receiver{Name: name, Type: ReceiverType(r.Type), Position: at}
	slack := map[string]any{"channel": &r.Channel, "token_env": &r.TokenEnv, "api_url": &r.APIURL}
	pagerDuty := map[string]any{"routing_key_env": &r.RoutingKeyEnv, "region": &r.Region, "events_url": &r.EventsURL}
	if out.Type == Slack {
		p.foreign(pagerDuty, PagerDuty)
		out.Channel, out.TokenEnv = r.Channel, r.TokenEnv
		out.APIURL = p.address("api_url", &r.APIURL) + "/"
		return out
	}
	p.foreign(slack, Slack)
	if len(r.RoutingKeyEnv) == routingKeyLength && !strings.Contains(r.RoutingKeyEnv, "_") {
		p.reject(&r.RoutingKeyEnv, "routing_key_env: this looks like an integration key itself: export it, and write the name of the variable here")
	}
	out.RoutingKeyEnv, out.Region = r.RoutingKeyEnv, r.Region
	out.EventsURL = "https://events.pagerduty.com"
	if r.Region == "eu" {
		out.EventsURL = "https://events.eu.pagerduty.com"
	}
	if p.given(&r.EventsURL) {
		out.EventsURL, out.CustomURL = p.address("events_url", &r.EventsURL), true
	}
	return out
}

// foreign reports keys of the other type.
func (p *parser) foreign(fields map[string]any, owner ReceiverType) {
	for key, field := range fields {
		if p.given(field) {
			p.rejectKey(field, "%s belongs to receivers of type %s: remove it here", key, owner)
		}
	}
}

func (p *parser) address(key string, field *string) string {
	if !p.sound(field) {
		return ""
	}
	clean, err := baseURL(*field)
	if err != nil {
		p.reject(field, "%s: %v", key, err)
	}
	return clean
}

func keys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
