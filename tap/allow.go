package tap

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

const (
	maxValue  = 255      // bytes of a value that leaves the process
	maxRecord = 16 << 10 // bytes of a record; the daemon takes 64 KiB
)

// withheld stands where an allowed name has a value that is not allowed. The daemon must know that there was something it
// cannot read, or it would take a discount for zero and guess a balance that is not true.
const withheld = `"withheld"`

// kind says which values of a field may leave the process, besides null.
type kind int

const (
	nothing kind = iota // none but what is inside: null says that the name is there
	text                // numbers and short strings
	amount              // numbers, and strings that are numbers
)

// field is one name of the allowlist.
type field struct {
	label  string // the name as JSON, with its colon
	kind   kind
	inside map[string]*field // nil: an object is not entered
}

// newAllowed is the object that order responses are reduced to, with the paths of a balance that are given and the
// daemon's five.
func newAllowed(balancePaths []string) (*field, error) {
	root := &field{}
	for _, name := range []string{
		"id", "status", "base_currency", "deduction_currency", "currency",
		"variant_name", "country_code", // tell top-ups and eSIMs from vouchers
		"created_at", "completed_at",
	} {
		root.add(text, name)
	}
	for _, name := range []string{"status_text", "transaction_id"} { // so does that they are there; what they say stays
		root.add(nothing, name)
	}
	for _, name := range []string{"wallet_id", "amount", "discount", "product_id"} {
		root.add(amount, name)
	}
	defaults := []string{"wallet_balance", "balance", "balance_after", "wallet.balance", "wallet.amount"}
	for _, path := range append(defaults, balancePaths...) {
		names := strings.Split(path, ".")
		if slices.Contains(names, "") || slices.ContainsFunc(names, isVoucherField) {
			return nil, fmt.Errorf("balance path %q does not lead to a balance: give names with dots between, as in wallet.balance", path)
		}
		root.add(amount, names...)
	}
	return root, nil
}

// isVoucherField keeps a mistaken path from letting out what can be spent.
func isVoucherField(name string) bool {
	return slices.Contains([]string{"vouchers", "card_number", "pin_code", "claim_url", "voucher_reference_number"}, name)
}

func (f *field) add(k kind, path ...string) {
	for _, name := range path {
		next := f.inside[name]
		if next == nil {
			label, _ := json.Marshal(name) // strings always marshal
			next = &field{label: string(label) + ":"}
			if f.inside == nil {
				f.inside = map[string]*field{}
			}
			f.inside[name] = next
		}
		f = next
	}
	if f.kind == nothing {
		f.kind = k
	}
}

// strip reduces a response to what may leave the process, as a JSON object without its closing bracket. It is false for
// what is not the response to an order. Nothing of the result is shared with the response.
func (f *field) strip(response []byte) (record []byte, ok bool) {
	if !json.Valid(response) {
		return nil, false
	}
	start := skipSpace(response, 0)
	if response[start] != '{' {
		return nil, false
	}
	record = f.copyMembers(make([]byte, 0, 384), response[start:])
	if len(record) > maxRecord || !hasID(record) {
		return nil, false
	}
	return record[:len(record)-1], true
}

// copyMembers appends the object with the allowed members only, in the order they come: where a name is repeated, the
// daemon takes the last as it would have in the response.
func (f *field) copyMembers(dst, object []byte) []byte {
	dst = append(dst, '{')
	first := true
	for name, value := range members(object) {
		member := f.inside[string(name)]
		if member == nil {
			continue
		}
		if !first {
			dst = append(dst, ',')
		}
		first = false
		dst = append(dst, member.label...)
		dst = member.copyValue(dst, value)
	}
	return append(dst, '}')
}

func (f *field) copyValue(dst, value []byte) []byte {
	switch {
	case value[0] == '{' && f.inside != nil:
		return f.copyMembers(dst, value)
	case f.kind == nothing || value[0] == 'n':
		return append(dst, "null"...)
	case f.allows(value):
		return append(dst, value...)
	default:
		return append(dst, withheld...)
	}
}

// allows reports whether a value, raw JSON, may leave the process as it is.
func (f *field) allows(value []byte) bool {
	switch {
	case len(value) > maxValue:
		return false
	case value[0] == '-' || value[0] >= '0' && value[0] <= '9':
		return true
	case value[0] != '"':
		return false
	case f.kind == text:
		return true
	}
	inner := value[1 : len(value)-1]
	return len(inner) > 0 && (inner[0] == '-' || inner[0] >= '0' && inner[0] <= '9') && json.Valid(inner)
}

// hasID reports whether the record can be told from others: without an id the daemon could count an order twice.
func hasID(record []byte) bool {
	has := false
	for name, value := range members(record) {
		if string(name) == "id" {
			has = value[0] != 'n' && value[0] != '{' && string(value) != withheld && string(value) != `""`
		}
	}
	return has
}
