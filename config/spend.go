package config

import (
	"errors"
	"regexp"
	"regexp/syntax"

	"walletwatch/wallet"
)

func (p *parser) spend(s *spend) wallet.SpendPolicy {
	out := wallet.SpendPolicy{
		Window:     s.Window.Duration,
		Statistic:  wallet.Statistic(s.Statistic),
		MinHistory: s.MinHistory.Duration,
		Refunds:    p.refunds(s),
	}
	if p.sound(&s.Window) && (out.Window%day != 0 || out.Window < day || out.Window > 90*day) {
		p.reject(&s.Window, "window: expected whole days from 1d to 90d, got %s", FormatDuration(out.Window))
	}
	if p.sound(&s.Window, &s.MinHistory) && out.MinHistory > out.Window {
		p.reject(&s.MinHistory, "min_history: %s is longer than the window of %s, so no wallet would ever have enough history",
			FormatDuration(out.MinHistory), FormatDuration(out.Window))
	}
	return out
}

func (p *parser) refunds(s *spend) *regexp.Regexp {
	if s.Refunds == "" || !p.sound(&s.Refunds) {
		return nil
	}
	re, err := regexp.Compile(s.Refunds)
	switch {
	case err != nil:
		p.reject(&s.Refunds, "refunds: %s is not a regular expression: %v", quote(s.Refunds), reason(err))
	case re.MatchString(""):
		p.reject(&s.Refunds, "refunds: %s matches any text, so every top-up would count as a refund", quote(s.Refunds))
	}
	return re
}

// reason shortens the error of the regexp package to what is wrong.
func reason(err error) string {
	if bad, ok := errors.AsType[*syntax.Error](err); ok {
		return bad.Code.String()
	}
	return err.Error()
}
