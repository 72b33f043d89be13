package draw

import (
	"fmt"
	"math"
	"strings"
)

// draw draws one line; it is broken where there is no value.
func (pl *plot) draw(l line) {
	steps := l.field.Custom["lineInterpolation"] == "stepAfter"
	var path, area strings.Builder
	open, began, x, y := false, 0.0, 0.0, 0.0
	closeArea := func() {
		if open {
			fmt.Fprintf(&area, "L%.1f %.1f L%.1f %.1f Z", x, pl.height, began, pl.height)
		}
	}
	for _, p := range l.points {
		if math.IsNaN(p.Value) || math.IsInf(p.Value, 0) {
			closeArea()
			open = false
			continue
		}
		nx, ny := pl.x(p.At), max(0, min(pl.height, pl.y(p.Value)))
		step := ""
		switch {
		case !open:
			step, began, open = fmt.Sprintf("M%.1f %.1f", nx, ny), nx, true
		case steps:
			step = fmt.Sprintf("L%.1f %.1f L%.1f %.1f", nx, y, nx, ny)
		default:
			step = fmt.Sprintf("L%.1f %.1f", nx, ny)
		}
		path.WriteString(step)
		area.WriteString(step)
		x, y = nx, ny
	}
	closeArea()
	dash := ""
	if _, dashed := l.field.Custom["lineStyle"]; dashed {
		dash = ` stroke-dasharray="8 6"`
	}
	fmt.Fprintf(&pl.b, `<path d="%s" fill="%s" fill-opacity="%.2f"/>`, area.String(), l.colour, setting(l, "fillOpacity")/100)
	fmt.Fprintf(&pl.b, `<path d="%s" fill="none" stroke="%s" stroke-width="%.1f"%s/>`, path.String(), l.colour, setting(l, "lineWidth"), dash)
}

func setting(l line, name string) float64 {
	v, _ := l.field.Custom[name].(float64)
	return v
}

// stack draws bars on top of each other.
func (pl *plot) stack(lines []line, step float64) {
	tops := map[float64]float64{}
	width := max(1, step/(pl.to-pl.from)*pl.width)
	for _, l := range lines {
		for _, p := range l.points {
			if math.IsNaN(p.Value) || p.Value <= 0 {
				continue
			}
			bottom := pl.y(tops[p.At])
			tops[p.At] += p.Value
			top := pl.y(tops[p.At])
			fmt.Fprintf(&pl.b, `<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" fill="%s" fill-opacity="0.8"/>`,
				max(pl.left, pl.x(p.At)-width), top, width, bottom-top, l.colour)
		}
	}
}
