package config

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"

	"walletwatch/money"
)

// quote puts what somebody wrote into double quotes, cut to a readable length.
func quote(s string) string {
	const most = 60
	if utf8.RuneCountInString(s) > most {
		s = string([]rune(s)[:most]) + "…"
	}
	return strconv.Quote(s)
}

// describe says what stands in the file, for "expected …, got …".
func describe(n *yaml.Node) string {
	switch {
	case n.Kind == yaml.SequenceNode && len(n.Content) == 0:
		return "an empty list"
	case n.Kind == yaml.SequenceNode:
		return "a list"
	case n.Kind == yaml.MappingNode && len(n.Content) == 0:
		return "{}"
	case n.Kind == yaml.MappingNode:
		return "keys with values"
	case n.ShortTag() == "!!null":
		return "nothing"
	case isText(n):
		return quote(n.Value)
	}
	return strings.Trim(quote(n.Value), `"`)
}

// hint adds what most probably went wrong when a value looks right to the person who wrote it.
func hint(n *yaml.Node, expected string) string {
	wants := func(words ...string) bool {
		return slices.ContainsFunc(words, func(w string) bool { return strings.HasPrefix(expected, w) })
	}
	_, notNumber := money.Parse(n.Value)
	switch {
	case n.Kind != yaml.ScalarNode:
	case n.ShortTag() == "!!null" && wants("a channel", "text"):
		return "; a value that starts with # must be in quotes"
	case n.ShortTag() == "!!null":
		return "; leave the key out, or give it a value"
	case isText(n) && notNumber == nil && wants("a number", "a plain amount", "a whole number"):
		return "; leave out the quotes"
	case isText(n) && (n.Value == "true" || n.Value == "false") && wants("true or false"):
		return "; leave out the quotes"
	case !isText(n) && wants("text"):
		return "; put it in quotes"
	}
	return ""
}

// oneOf writes a choice: "one of mean, median or max".
func oneOf(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	last := len(words) - 1
	if last == 1 {
		return words[0] + " or " + words[1]
	}
	return "one of " + strings.Join(words[:last], ", ") + " or " + words[last]
}
