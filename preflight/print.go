package preflight

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// longestText is how much of a finding or an advice is shown, in runes: others' words are among them.
const longestText = 600

// Table prints an outcome a line, aligned.
type Table struct {
	out            io.Writer
	colour         bool
	name, endpoint int // widths
}

// NewTable makes a table for the outcomes of checks.
func NewTable(out io.Writer, checks []Check, colour bool) *Table {
	t := &Table{out: out, colour: colour}
	for _, c := range checks {
		t.name = max(t.name, utf8.RuneCountInString(c.Name))
		t.endpoint = max(t.endpoint, utf8.RuneCountInString(c.Endpoint))
	}
	return t
}

// Print prints one outcome: "ok    login  POST /auth/login  12 ms  what was found; what to do".
func (t *Table) Print(o Outcome) {
	text := line(o.Found)
	if o.Advice != "" {
		text += "; " + line(o.Advice)
	}
	fmt.Fprintf(t.out, "%s  %-*s  %-*s  %8s  %s\n", t.word(o.Result), t.name, o.Name, t.endpoint, o.Endpoint, took(o), text)
}

// word is the result in four letters, coloured as an SGR sequence.
func (t *Table) word(r Result) string {
	word, colour := "skip", "2"
	switch r {
	case OK:
		word, colour = "ok  ", "32"
	case Warn:
		word, colour = "warn", "33"
	case Fail:
		word, colour = "FAIL", "1;31"
	}
	if !t.colour {
		return word
	}
	return "\x1b[" + colour + "m" + word + "\x1b[0m"
}

func took(o Outcome) string {
	if o.Result == Skipped {
		return "-"
	}
	return fmt.Sprintf("%d ms", o.Took.Round(time.Millisecond).Milliseconds())
}

// WriteJSON writes the outcomes as a JSON array.
func WriteJSON(w io.Writer, outcomes []Outcome) error {
	type row struct {
		Name     string `json:"name"`
		Endpoint string `json:"endpoint"`
		Result   Result `json:"result"`
		TookMS   int64  `json:"took_ms"`
		Found    string `json:"found"`
		Advice   string `json:"advice"`
	}
	rows := make([]row, len(outcomes))
	for i, o := range outcomes {
		rows[i] = row{o.Name, o.Endpoint, o.Result, o.Took.Milliseconds(), line(o.Found), line(o.Advice)}
	}
	to := json.NewEncoder(w)
	to.SetIndent("", "  ")
	to.SetEscapeHTML(false)
	return to.Encode(rows)
}

// line makes a text fit for one line of a terminal.
func line(text string) string {
	runes := []rune(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, "\uFFFD")))
	if len(runes) > longestText {
		return string(runes[:longestText]) + "…"
	}
	return string(runes)
}
