package config

import (
	"slices"

	"github.com/invopop/jsonschema"
)

// defaultPrefix is that of the account that is there without being written.
const defaultPrefix = "OCTOPUS"

// accounts returns the accounts of the file, or the one that is there by default.
func (p *parser) accounts(doc *document) []AccountRef {
	if !p.given(&doc.Accounts) {
		return []AccountRef{{Name: "default", EnvPrefix: defaultPrefix}}
	}
	var out []AccountRef
	for i := range doc.Accounts {
		a := &doc.Accounts[i]
		ref := AccountRef{Name: a.Name, EnvPrefix: a.EnvPrefix, Position: p.origin(a).value}
		same := func(with func(AccountRef) bool) int {
			if j := slices.IndexFunc(out, with); j >= 0 {
				return out[j].Position.Line
			}
			return 0
		}
		if line := same(func(o AccountRef) bool { return o.Name == a.Name }); line > 0 && p.given(&a.Name) && p.sound(&a.Name) {
			p.reject(&a.Name, "name: there is an account %s already, on line %d: choose another name", quote(a.Name), line)
		}
		if line := same(func(o AccountRef) bool { return o.EnvPrefix == a.EnvPrefix }); line > 0 && p.given(&a.EnvPrefix) && p.sound(&a.EnvPrefix) {
			p.reject(&a.EnvPrefix, "env_prefix: the account on line %d reads %s already: two accounts cannot share credentials", line, quote(a.EnvPrefix))
		}
		out = append(out, ref)
	}
	return out
}

// defaultBalancePaths are where responses to orders may carry a balance: the vendor says that they do, not under which
// name.
func defaultBalancePaths() []string {
	return []string{"wallet_balance", "balance", "balance_after", "wallet.balance", "wallet.amount"}
}

// JSONSchemaExtend adds the default, which a tag cannot hold.
func (ingest) JSONSchemaExtend(s *jsonschema.Schema) {
	s.Properties.Value("balance_paths").Default = defaultBalancePaths()
}

// balancePaths returns where order responses are searched for a balance.
func (p *parser) balancePaths(doc *document) []string {
	list := doc.Ingest.BalancePaths
	if !p.given(&doc.Ingest.BalancePaths) {
		return defaultBalancePaths()
	}
	for i, path := range list {
		if slices.Contains(list[:i], path) && p.sound(&list[i]) {
			p.reject(&list[i], "balance_paths: %s is there twice: keep one", quote(path))
		}
	}
	return list
}
