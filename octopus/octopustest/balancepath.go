package octopustest

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// maxPath bounds a path in characters.
const maxPath = 100

// CheckOrderBalance says what is wrong with a path for Config.OrderBalance and SetOrderBalance; nil if it can be used.
func CheckOrderBalance(path string) error {
	return checkPath(path, orderJSON{}, refillJSON{})
}

// SetOrderBalance changes Config.OrderBalance for the orders to come. It panics when CheckOrderBalance refuses path.
func (s *Server) SetOrderBalance(path string) {
	mustPath(CheckOrderBalance(path))
	s.world.mu.Lock()
	defer s.world.mu.Unlock()
	s.world.orderBalance = path
}

// checkEventBalance is CheckOrderBalance for the data of wallet events.
func checkEventBalance(path string) error {
	return checkPath(path, movementJSON{}, map[string]int{balanceBefore: 0})
}

func mustPath(err error) {
	if err != nil {
		panic("octopustest: " + err.Error())
	}
}

// checkPath accepts names joined by points, unless the first is one of the fields that the shapes already have: many
// decoders, Go's among them, do not tell upper case from lower.
func checkPath(path string, shapes ...any) error {
	if path == "" {
		return nil
	}
	if len(path) > maxPath {
		return errors.New("the path of a balance must be at most 100 characters")
	}
	names := strings.Split(path, ".")
	for _, name := range names {
		if strings.Trim(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") != "" || name == "" {
			return fmt.Errorf("the path of a balance must be names joined by points such as wallet.balance, not %q", path)
		}
	}
	for _, shape := range shapes {
		var fields map[string]json.RawMessage
		if err := json.Unmarshal(encodedJSON(shape), &fields); err != nil {
			return fmt.Errorf("listing the fields of an answer: %w", err)
		}
		if _, taken := fields[strings.ToLower(names[0])]; taken {
			return fmt.Errorf("the path of a balance must not begin with %q, a field that is already there", names[0])
		}
	}
	return nil
}

// putAt adds a value at a path to an encoded object that has fields, and may reuse its memory. "" adds nothing.
func putAt(object []byte, path, value string) []byte {
	if path == "" {
		return object
	}
	names := strings.Split(path, ".")
	object[len(object)-1] = ','
	for i, name := range names {
		if i > 0 {
			object = append(object, '{')
		}
		object = append(appendString(object, name), ':')
	}
	object = append(object, value...)
	return append(object, strings.Repeat("}", len(names))...)
}
