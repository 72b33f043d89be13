package wallet

import (
	"fmt"
	"time"
)

// Span writes a length of time for people, rounded down, in at most two units: "40 s", "12 min", "3 h 20 min".
func Span(d time.Duration) string {
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%d s", max(d, 0)/time.Second)
	case d < time.Hour:
		return fmt.Sprintf("%d min", d/time.Minute)
	case d < Day:
		return units(d/time.Hour, "h", d%time.Hour/time.Minute, "min")
	}
	return units(d/Day, "d", d%Day/time.Hour, "h")
}

func units(large time.Duration, unit string, small time.Duration, smallUnit string) string {
	if small == 0 {
		return fmt.Sprintf("%d %s", large, unit)
	}
	return fmt.Sprintf("%d %s %d %s", large, unit, small, smallUnit)
}
