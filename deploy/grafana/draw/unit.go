package draw

import (
	"math"
	"strconv"
	"strings"
)

// format writes a value in one of Grafana's units, as Grafana does.
func format(unit string, decimals *int, v float64) string {
	switch unit {
	case "s":
		return duration(v)
	case "percentunit":
		return trimmed(v*100, 1) + "%"
	case "locale":
		return grouped(v, places(decimals, 2))
	case "bytes":
		return scaled(v, 1024, []string{" B", " KiB", " MiB", " GiB"})
	case "short":
		return scaled(v, 1000, []string{"", " K", " Mil", " Bil"})
	}
	return trimmed(v, places(decimals, 2))
}

func places(decimals *int, usual int) int {
	if decimals != nil {
		return *decimals
	}
	return usual
}

func duration(v float64) string {
	steps := []struct {
		from, by float64
		name     string
	}{{86400, 86400, " days"}, {3600, 3600, " hours"}, {60, 60, " mins"}, {1, 1, " s"}, {0.001, 0.001, " ms"}, {0, 1e-6, " µs"}}
	for _, s := range steps {
		if math.Abs(v) >= s.from {
			if v == 0 {
				break
			}
			return trimmed(v/s.by, 2) + s.name
		}
	}
	return "0 s"
}

func scaled(v, by float64, names []string) string {
	i := 0
	for math.Abs(v) >= by && i < len(names)-1 {
		v, i = v/by, i+1
	}
	most := 2
	if v != 0 && math.Abs(v) < 0.1 {
		most = 4
	}
	return trimmed(v, most) + names[i]
}

// trimmed has at most that many decimals, three digits in all where they suffice.
func trimmed(v float64, most int) string {
	switch a := math.Abs(v); {
	case a >= 100:
		most = 0
	case a >= 10:
		most = min(most, 1)
	}
	s := strconv.FormatFloat(v, 'f', most, 64)
	if strings.Contains(s, ".") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	return s
}

func grouped(v float64, most int) string {
	s := strconv.FormatFloat(math.Abs(v), 'f', most, 64)
	whole, rest, _ := strings.Cut(s, ".")
	rest = strings.TrimRight(rest, "0")
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if v < 0 {
		whole = "-" + whole
	}
	if rest != "" {
		return whole + "." + rest
	}
	return whole
}
