package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode"
)

// facts are what the documentation may speak of.
type facts struct {
	commands map[string][]string        // :: command → its flags, with their dashes
	metrics  map[string]bool            // and what else begins with walletwatch_ in the code
	tests    map[string]bool            // of all modules
	alerts   map[string]bool            // of deploy/prometheus
	panels   map[string]map[string]bool // :: dashboard, such as Overview → titles
	anchors  map[string]map[string]bool // :: page → its headings, as links name them
}

func gatherFacts(t *testing.T, pages map[string]string) facts {
	t.Helper()
	known := facts{commands: commandsAndFlags(t), alerts: map[string]bool{}, panels: map[string]map[string]bool{}, anchors: map[string]map[string]bool{}}
	known.metrics, known.tests = metricsAndTests(t)
	for _, m := range regexp.MustCompile(`alert: (\w+)`).FindAllStringSubmatch(readText(t, "deploy/prometheus/rules/walletwatch.yaml"), -1) {
		known.alerts[m[1]] = true
	}
	for _, name := range repositoryFiles(t, ".json") {
		if filepath.Dir(name) == "deploy/grafana/dashboards" {
			board, titles := panelTitles(t, name)
			known.panels[board] = titles
		}
	}
	headings := regexp.MustCompile(`(?m)^#+ +(.+)$`)
	for name, text := range pages {
		known.anchors[name] = map[string]bool{}
		for _, m := range headings.FindAllStringSubmatch(codeBlocks.ReplaceAllString(text, ""), -1) {
			known.anchors[name][slug(m[1])] = true
		}
	}
	return known
}

// metricsAndTests reads the code: a scrape lacks what has not happened yet.
func metricsAndTests(t *testing.T) (metrics, tests map[string]bool) {
	t.Helper()
	metrics, tests = map[string]bool{}, map[string]bool{}
	literal := regexp.MustCompile(`"(walletwatch_[a-z0-9_]+)"|walletDesc\("([a-z0-9_]+)"`)
	function := regexp.MustCompile(`(?m)^func ((?:Test|Fuzz|Benchmark)[A-Z]\w+)\(`)
	for _, name := range repositoryFiles(t, ".go") {
		text := readText(t, name)
		if strings.HasSuffix(name, "_test.go") {
			for _, m := range function.FindAllStringSubmatch(text, -1) {
				tests[m[1]] = true
			}
			continue
		}
		for _, m := range literal.FindAllStringSubmatch(text, -1) {
			if m[1] != "" {
				metrics[m[1]] = true
			} else {
				metrics["walletwatch_wallet_"+m[2]] = true
			}
		}
	}
	return metrics, tests
}

// commandsAndFlags asks walletwatch itself.
func commandsAndFlags(t *testing.T) map[string][]string {
	t.Helper()
	help := func(args ...string) string {
		var out bytes.Buffer
		if code := run(context.Background(), append(args, "--help"), func(string) (string, bool) { return "", false }, &out, &out); code != exitFine {
			t.Fatalf("%q --help: exit status %d", args, code)
		}
		return out.String()
	}
	all := map[string][]string{}
	for _, m := range regexp.MustCompile(`(?m)^  ([a-z-]+) .*\[flags\]`).FindAllStringSubmatch(help(), -1) {
		all[m[1]] = flagNames.FindAllString(help(m[1]), -1)
	}
	return all
}

// panelTitles returns the first word of a dashboard's name, as in "walletwatch / Health and go-live", and its panels' titles.
func panelTitles(t *testing.T, name string) (board string, titles map[string]bool) {
	t.Helper()
	var dashboard struct {
		Title  string
		Panels []struct {
			Title  string
			Panels []struct{ Title string } // of a row that is folded
		}
	}
	if err := json.Unmarshal([]byte(readText(t, name)), &dashboard); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	titles = map[string]bool{}
	for _, p := range dashboard.Panels {
		titles[p.Title] = true
		for _, inner := range p.Panels {
			titles[inner.Title] = true
		}
	}
	board, _, _ = strings.Cut(strings.TrimPrefix(dashboard.Title, "walletwatch / "), " ")
	return board, titles
}

// slug is a heading as links name it on GitHub.
func slug(heading string) string {
	return strings.Map(func(r rune) rune {
		switch r = unicode.ToLower(r); {
		case r == ' ':
			return '-'
		case r == '-', r == '_', unicode.IsLetter(r), unicode.IsDigit(r):
			return r
		}
		return -1
	}, strings.TrimSpace(heading))
}

// repositoryFiles lists the files with an extension, without what is built or hidden.
func repositoryFiles(t *testing.T, extension string) []string {
	t.Helper()
	var names []string
	err := filepath.WalkDir(".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (name == "bin" || name != "." && strings.HasPrefix(entry.Name(), ".")):
			return filepath.SkipDir
		case !entry.IsDir() && filepath.Ext(name) == extension:
			names = append(names, name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func readText(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
