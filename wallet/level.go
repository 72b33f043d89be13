package wallet

import "github.com/shopspring/decimal"

// AboveAll is the rank of a wallet that is below no threshold.
const AboveAll = -1

// Rank returns how far down a wallet is: the index of the worst level whose condition holds, or AboveAll.
//
// A level begins when the balance is below its threshold, strictly. It ends when the balance is back at recoverAt
// times the threshold, so levels up to the present one hold until then: at a constant balance the rank never
// changes. thresholds[i] is nil for a level that has none at present. An exhausted wallet is at the worst level.
func Rank(balance decimal.Decimal, exhausted bool, thresholds []*decimal.Decimal, present int, recoverAt decimal.Decimal) int {
	if exhausted {
		return len(thresholds) - 1
	}
	for i := len(thresholds) - 1; i >= 0; i-- {
		if thresholds[i] == nil {
			continue
		}
		limit := *thresholds[i]
		if i <= present {
			limit = limit.Mul(recoverAt)
		}
		if balance.LessThan(limit) {
			return i
		}
	}
	return AboveAll
}

// Exhausted reports whether a prepaid wallet has nothing left. A wallet that never held anything is not in use
// yet, so it is not exhausted.
func (s *State) Exhausted() bool {
	return s.Type != Postpaid && s.EverPositive && s.Balance.Sign() <= 0
}

// threshold returns the balance below which a wallet with this daily spend is at the level: the largest of its
// percentage of a day's spend, its floor, and what its runway needs. nil: none at present.
func (l *Level) threshold(daily decimal.Decimal, known bool) *decimal.Decimal {
	var most *decimal.Decimal
	raise := func(d decimal.Decimal) {
		if most == nil || d.GreaterThan(*most) {
			most = &d
		}
	}
	if l.Floor != nil {
		raise(*l.Floor)
	}
	if known && l.Percent != nil {
		raise(daily.Mul(*l.Percent).Shift(-2).Round(derivedDigits))
	}
	if known && l.Runway > 0 {
		raise(daily.Mul(decimal.NewFromInt(int64(l.Runway))).Div(decimal.NewFromInt(int64(Day))).Round(derivedDigits))
	}
	return most
}

// derivedDigits is how many digits after the point a threshold keeps that follows from spend. A daily spend such as
// 200 ÷ 3 ends at its 16th digit, and 30 % of that is a trifle more than 20: rounding makes it 20 again, so that a
// balance of exactly 20 is not below it.
const derivedDigits = 12
