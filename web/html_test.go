package web_test

import (
	"net/http/httptest"
	"strings"
	"testing"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// parse checks that an answer is a page and returns its document.
func parse(t *testing.T, w *httptest.ResponseRecorder, status int) *html.Node {
	t.Helper()
	if w.Code != status || w.Header().Get("Content-Type") != "text/html; charset=utf-8" {
		t.Fatalf("status %d, type %q: %s", w.Code, w.Header().Get("Content-Type"), w.Body)
	}
	doc, err := html.Parse(w.Body)
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func all(doc *html.Node, name atom.Atom) []*html.Node {
	var found []*html.Node
	for n := range doc.Descendants() {
		if n.Type == html.ElementNode && n.DataAtom == name {
			found = append(found, n)
		}
	}
	return found
}

// text returns what a reader of n sees, with single spaces.
func text(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode && d.Parent.DataAtom != atom.Style {
			b.WriteString(d.Data + " ")
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

// table returns the text of every row of the table after the heading that says title; nil if there is none.
func table(doc *html.Node, title string) []string {
	var rows []string
	under := ""
	for n := range doc.Descendants() {
		switch {
		case n.DataAtom == atom.H2:
			under = text(n)
		case n.DataAtom == atom.Tr && under == title && n.Parent.DataAtom == atom.Tbody:
			rows = append(rows, text(n))
		}
	}
	return rows
}
