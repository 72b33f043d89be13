package config

import (
	"strings"
	"time"

	"github.com/invopop/jsonschema"
	"github.com/shopspring/decimal"
	"go.yaml.in/yaml/v4"

	"walletwatch/money"
)

// scalar is a kind of value that YAML itself does not know. read says whether n holds one, expected what would be
// right with its limits, and schema the same to an editor.
type scalar interface {
	read(n *yaml.Node) bool
	expected() (what, limits string)
	schema() *jsonschema.Schema
}

// duration is more than nothing: "10m", "7d".
type duration struct{ time.Duration }

func (d *duration) read(n *yaml.Node) bool {
	var err error
	d.Duration, err = ParseDuration(n.Value)
	return err == nil && isText(n)
}

func (*duration) expected() (what, limits string) { return "a duration", "" }

func (*duration) schema() *jsonschema.Schema {
	return &jsonschema.Schema{Type: "string", Pattern: durationPattern}
}

// pause is a duration that the number 0 turns off.
type pause struct{ duration }

func (d *pause) read(n *yaml.Node) bool {
	if isNumber(n) && n.Value == "0" {
		d.Duration = 0
		return true
	}
	return d.duration.read(n)
}

func (*pause) expected() (what, limits string) { return "0 or a duration", "" }

func (*pause) schema() *jsonschema.Schema {
	return &jsonschema.Schema{OneOf: []*jsonschema.Schema{
		{Type: "string", Pattern: durationPattern},
		{Type: "integer", Enum: []any{0}},
	}}
}

// amount is money: exact, not negative.
type amount struct{ decimal.Decimal }

func (a *amount) read(n *yaml.Node) bool {
	var ok bool
	a.Decimal, ok = plainNumber(n)
	return ok && !a.IsNegative()
}

func (*amount) expected() (what, limits string) {
	return "a plain amount", "not below 0, digits and a point only"
}

func (*amount) schema() *jsonschema.Schema {
	return &jsonschema.Schema{Type: "number", Minimum: "0"}
}

// percent is a share of daily spend in hundredths: 20 is a fifth.
type percent struct{ decimal.Decimal }

func (p *percent) read(n *yaml.Node) bool {
	var ok bool
	p.Decimal, ok = plainNumber(n)
	return ok && p.IsPositive() && p.LessThanOrEqual(decimal.NewFromInt(10_000))
}

func (*percent) expected() (what, limits string) {
	return "a number", "above 0, at most 10000, no % sign"
}

func (*percent) schema() *jsonschema.Schema {
	return &jsonschema.Schema{Type: "number", ExclusiveMinimum: "0", Maximum: "10000"}
}

// margin is a multiple written with its sign: "125%" is 1.25.
type margin struct{ decimal.Decimal }

func (m *margin) read(n *yaml.Node) bool {
	digits, signed := strings.CutSuffix(n.Value, "%")
	d, err := money.Parse(digits)
	if err != nil || !signed {
		return false
	}
	m.Decimal = d.Shift(-2)
	hundred := decimal.NewFromInt(100)
	return d.GreaterThanOrEqual(hundred) && d.LessThanOrEqual(hundred.Mul(hundred))
}

func (*margin) expected() (what, limits string) {
	return "a percentage", "with its sign, from 100% to 10000%"
}

func (*margin) schema() *jsonschema.Schema {
	return &jsonschema.Schema{Type: "string", Pattern: `^0*([1-9][0-9]{2,3}(\.[0-9]+)?|10000(\.0+)?)%$`}
}

func isText(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.ShortTag() == "!!str" }

func isNumber(n *yaml.Node) bool {
	return n.Kind == yaml.ScalarNode && (n.ShortTag() == "!!int" || n.ShortTag() == "!!float")
}

// plainNumber refuses a leading zero besides what money refuses: YAML readers disagree on whether 0500 is octal.
func plainNumber(n *yaml.Node) (decimal.Decimal, bool) {
	if !isNumber(n) || len(n.Value) > 1 && n.Value[0] == '0' && n.Value[1] != '.' {
		return decimal.Decimal{}, false
	}
	d, err := money.Parse(n.Value)
	return d, err == nil
}
