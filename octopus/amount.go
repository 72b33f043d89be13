package octopus

import (
	"encoding/json"
	"errors"

	"github.com/shopspring/decimal"

	"walletwatch/money"
)

// rawAmount is the text of a JSON value that should be an amount: "" when it was missing. Keeping the text is
// what makes amounts exact.
type rawAmount string

func (r *rawAmount) UnmarshalJSON(b []byte) error {
	*r = rawAmount(b)
	return nil
}

// decimal reads a JSON number, or one in quotes. The error says why there is no telling the amount.
func (r rawAmount) decimal() (decimal.Decimal, error) {
	text := string(r)
	switch {
	case text == "":
		return decimal.Decimal{}, errors.New("the amount is missing")
	case text == "null":
		return decimal.Decimal{}, errors.New("the amount is null")
	case text[0] == '"':
		if err := json.Unmarshal([]byte(r), &text); err != nil {
			return decimal.Decimal{}, err
		}
	}
	return money.Parse(text)
}
