package main

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestDocumentation: who follows a page in the night must not be sent to a panel, a metric, a flag or a page that is gone.
func TestDocumentation(t *testing.T) {
	pages := map[string]string{}
	for _, name := range repositoryFiles(t, ".md") {
		pages[name] = readText(t, name)
	}
	known := gatherFacts(t, pages)
	for _, name := range slices.Sorted(maps.Keys(pages)) {
		if name == "CHANGELOG.md" { // speaks of what was
			continue
		}
		for _, wrong := range wrongMentions(known, name, pages[name]) {
			t.Errorf("%s: %s", name, wrong)
		}
	}
}

// TestDocumentationMistakesAreFound makes one mistake of each kind in the guide.
func TestDocumentationMistakesAreFound(t *testing.T) {
	const name = "docs/go-live.md"
	guide := readText(t, name)
	known := gatherFacts(t, map[string]string{name: guide, "README.md": readText(t, "README.md")})
	for _, tt := range []struct{ right, wrong, want string }{
		{"*Health › Error rate*", "*Health › Eror rate*", "panel Health › Eror rate"},
		{"*Overview › Runway*", "*Overlook › Runway*", "panel Overlook › Runway"},
		{"`walletwatch_webhooks_total`", "`walletwatch_webhook_total`", "metric walletwatch_webhook_total"},
		{"\nwalletwatch preflight --webhook-url", "\nwalletwatch preflight --hook-url", "walletwatch preflight has no flag --hook-url"},
		{"\nwalletwatch notify-test\n", "\nwalletwatch notify\n", "walletwatch notify is no command"},
		{"`walletwatch notify-test`", "`walletwatch notify`", "walletwatch notify is no command"},
		{"exec deployment/walletwatch --` in", "exec deployment/walletwatch -- walletwatch wallet` in", "walletwatch wallet is no command"},
		{"`--reference-file /data", "`--references /data", "no command has a flag --references"},
		{"`TestNeverTwoOrders`", "`TestNeverThreeOrders`", "test TestNeverThreeOrders"},
		{"[WalletwatchWatchdog]", "[WalletwatchWatchcat]", "alert WalletwatchWatchcat"},
		{"](../deploy/runbooks/vendor.md)", "](../deploy/runbooks/vendors.md)", "link ../deploy/runbooks/vendors.md"},
		{"](#the-day)", "](#the-night)", "link #the-night"},
		{"](../README.md#connect-an-order-service)", "](../README.md#connect-order-services)", "link ../README.md#connect-order-services"},
	} {
		mistaken := strings.ReplaceAll(guide, tt.right, tt.wrong)
		if mistaken == guide {
			t.Errorf("%s does not say %q", name, tt.right)
		}
		if found := wrongMentions(known, name, mistaken); !slices.ContainsFunc(found, func(s string) bool { return strings.Contains(s, tt.want) }) {
			t.Errorf("%q in place of %q was not found: %q", tt.wrong, tt.right, found)
		}
	}
}

var (
	codeBlocks  = regexp.MustCompile("(?ms)^ *```.*?^ *```")
	inlineCode  = regexp.MustCompile("`[^`\n]+`")
	panelNames  = regexp.MustCompile(`\*([A-Z]\w+) › ([^*\n]+)\*`)
	metricNames = regexp.MustCompile(`(?:^|[^\w:])(walletwatch_[a-z0-9_]+)`)
	testNames   = regexp.MustCompile(`\b(?:Test|Fuzz|Benchmark)[A-Z]\w+`)
	alertNames  = regexp.MustCompile(`\bWalletwatch[A-Z]\w+`)
	invocations = regexp.MustCompile(`(?:^ *|-- |[|;(] *|&& )(?:walletwatch|go run \.) ([a-z][^|;&)#]*)`)
	flagNames   = regexp.MustCompile(`--[a-z][a-z.-]*[a-z]`)
	links       = regexp.MustCompile(`\]\(([^)\s]+)\)`)
)

// wrongMentions returns what a page speaks of that is not there.
func wrongMentions(known facts, name, text string) []string {
	var wrong []string
	for _, m := range panelNames.FindAllStringSubmatch(text, -1) {
		if !known.panels[m[1]][m[2]] {
			wrong = append(wrong, "there is no panel "+m[1]+" › "+m[2])
		}
	}
	for _, m := range metricNames.FindAllStringSubmatch(text, -1) {
		if !known.metrics[m[1]] && !known.metrics[strings.TrimSuffix(m[1], "_bucket")] {
			wrong = append(wrong, "there is no metric "+m[1])
		}
	}
	for _, mention := range testNames.FindAllString(text, -1) {
		if !known.tests[mention] {
			wrong = append(wrong, "there is no test "+mention)
		}
	}
	for _, mention := range alertNames.FindAllString(text, -1) {
		if !known.alerts[mention] {
			wrong = append(wrong, "there is no alert "+mention)
		}
	}
	prose := codeBlocks.ReplaceAllString(text, "")
	wrong = append(wrong, wrongCommands(known, text, prose)...)
	if !strings.HasPrefix(name, "deploy/helm/") && !strings.HasPrefix(name, "deploy/image/") { // they name flags of Helm and Docker
		wrong = append(wrong, wrongFlags(known, prose)...)
	}
	return append(wrong, wrongLinks(known, name, prose)...)
}

// wrongCommands looks at what walletwatch is called with, in blocks for the shell and in the prose's code.
func wrongCommands(known facts, text, prose string) []string {
	var lines, wrong []string
	for _, block := range codeBlocks.FindAllString(text, -1) {
		if block = strings.TrimSpace(block); strings.HasPrefix(block, "```sh\n") {
			lines = append(lines, strings.Split(block, "\n")...)
		}
	}
	for _, span := range inlineCode.FindAllString(prose, -1) {
		lines = append(lines, strings.Trim(span, "`"))
	}
	for _, line := range lines {
		for _, m := range invocations.FindAllStringSubmatch(line, -1) {
			args := strings.Fields(m[1])
			flags, there := known.commands[args[0]]
			if !there {
				wrong = append(wrong, "walletwatch "+args[0]+" is no command")
				continue
			}
			for _, flag := range flagNames.FindAllString(strings.Join(args, " "), -1) {
				if !slices.Contains(flags, flag) {
					wrong = append(wrong, "walletwatch "+args[0]+" has no flag "+flag)
				}
			}
		}
	}
	return wrong
}

// wrongFlags looks at flags that stand alone: some command must have them.
func wrongFlags(known facts, prose string) []string {
	var wrong []string
	for _, span := range inlineCode.FindAllString(prose, -1) {
		flag := flagNames.FindString(span)
		if flag == "" || !strings.HasPrefix(span, "`"+flag) {
			continue
		}
		if !slices.ContainsFunc(slices.Collect(maps.Values(known.commands)), func(flags []string) bool { return slices.Contains(flags, flag) }) {
			wrong = append(wrong, "no command has a flag "+flag)
		}
	}
	return wrong
}

// wrongLinks looks at links to files of the repository, and to headings in them.
func wrongLinks(known facts, name, prose string) []string {
	var wrong []string
	for _, m := range links.FindAllStringSubmatch(prose, -1) {
		target, anchor, _ := strings.Cut(m[1], "#")
		if strings.Contains(target, ":") {
			continue
		}
		file := name
		if target != "" {
			file = filepath.Join(filepath.Dir(name), target)
		}
		if _, err := os.Stat(file); err != nil || anchor != "" && !known.anchors[file][anchor] {
			wrong = append(wrong, "there is nothing at the link "+m[1])
		}
	}
	return wrong
}
