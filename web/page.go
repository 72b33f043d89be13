package web

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"net/http"

	"walletwatch/wallet"
)

// The page shows the worst of everything and says how much it left out, so that it stays readable, and small, with
// a hundred thousand wallets.
const (
	maxRows     = 500
	maxFiring   = 200
	maxResolved = 50
)

//go:embed page/style.css
var style string

//go:embed page/*.html
var pageFiles embed.FS

func parsePages() (*template.Template, error) {
	return template.ParseFS(pageFiles, "page/*.html")
}

// frame is what every page has around its content.
type frame struct {
	Title   string
	Style   template.CSS
	Version string
	Root    string // relative path of the status page
	AsOf    *moment
}

type indexData struct {
	frame
	Summary  string
	Accounts []accountRow
	Rows     []walletRow
	Hidden   int // wallets left out
	Empty    string
	Firing   alertTable
	Resolved alertTable
}

func (s *Server) indexPage(w http.ResponseWriter, _ *http.Request) error {
	return s.render(w, http.StatusOK, "index.html", s.index())
}

func (s *Server) index() indexData {
	now, snapshot := s.now(), s.source.Snapshot()
	all := readings(s.source, now)
	rows := worstFirst(all)
	names := namesOf(all)
	open, closed := split(episodes(snapshot))
	data := indexData{
		frame:    s.frame(titleFor(len(open)), snapshot, ""),
		Summary:  summary(all, levelNames(s.source.Policy())),
		Hidden:   max(0, len(rows)-maxRows),
		Firing:   newAlertTable(open, maxFiring, names, "", now),
		Resolved: newAlertTable(closed, maxResolved, names, "", now),
	}
	for i := range snapshot.Accounts {
		data.Accounts = append(data.Accounts, newAccountRow(&snapshot.Accounts[i], now))
	}
	for _, r := range rows[:min(len(rows), maxRows)] {
		data.Rows = append(data.Rows, newWalletRow(r, now))
	}
	if len(rows) == 0 {
		data.Empty = emptiness(snapshot)
	}
	return data
}

func titleFor(open int) string {
	if open == 0 {
		return "walletwatch"
	}
	return fmt.Sprintf("(%d) walletwatch", open)
}

func emptiness(snapshot *wallet.Snapshot) string {
	for _, a := range snapshot.Accounts {
		if a.Polled {
			return "No wallets: no poll has found any yet."
		}
	}
	return "No wallets yet: the first poll has not finished."
}

func (s *Server) frame(title string, snapshot *wallet.Snapshot, root string) frame {
	return frame{
		Title: title, Style: template.CSS(style), Version: s.version, Root: root,
		AsOf: maybeAt(snapshot.At, s.now()),
	}
}

// render writes a page only once it is whole: a template that fails must not leave half a page behind a 200.
func (s *Server) render(w http.ResponseWriter, status int, page string, data any) error {
	var b bytes.Buffer
	if err := s.pages.ExecuteTemplate(&b, page, data); err != nil {
		return fmt.Errorf("rendering %s: %w", page, err)
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes())
	return nil
}
