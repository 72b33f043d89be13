package main

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// mayImport says which packages of the project the code in a folder may import; false for a folder that is not
// known here. Only main knows everyone: siblings meet there and nowhere else.
func mayImport(folder string) (packages []string, known bool) {
	allowed := map[string][]string{
		"money":                           nil,
		"secret":                          nil,
		"problem":                         nil,
		"tap":                             nil, // imported by other services
		"wallet":                          {"money"},
		"octopus":                         {"money", "secret"},
		"octopus/octopustest":             {"money"},
		"octopus/octopustest/octopus-sim": {"money", "octopus/octopustest"}, // a program of its own
		"config":                          {"wallet", "money", "secret"},
		"ledger":                          {"wallet", "money"},
		"store":                           {"wallet"},
		"store/pgtest":                    nil,
		"poller":                          {"wallet", "octopus"},
		"alerting":                        {"wallet", "money", "secret"},
		"alerting/alertingtest":           nil,
		"ingest":                          {"wallet", "octopus", "money", "secret", "problem"},
		"web":                             {"wallet", "money", "secret", "problem"},
		"preflight":                       {"wallet", "octopus", "money", "secret"},
		"demo":                            {"money", "octopus/octopustest", "alerting/alertingtest", "tap"},
		".":                               {"config", "octopus", "wallet", "money", "secret", "ledger", "store", "poller", "alerting", "ingest", "web", "demo", "preflight", "problem"},
	}
	packages, known = allowed[folder]
	return packages, known
}

// testsMayImport adds what only a folder's tests may import: their own package, the packages that play the world,
// and what little is said here.
func testsMayImport(folder string) []string {
	extra := map[string][]string{
		"store":  {"store/pgtest"},
		"ledger": {"store", "store/pgtest"}, // real databases
		"poller": {"ledger", "store", "money", "secret"},
		"ingest": {"ledger", "store"},
		".":      {"tap", "store/pgtest"}, // plays a service that places orders, and a PostgreSQL server
	}
	return append([]string{folder, "octopus/octopustest", "alerting/alertingtest"}, extra[folder]...)
}

// wrongImports returns what is wrong with the imports of a Go file, each in one sentence.
func wrongImports(name string, source []byte) ([]string, error) {
	file, err := parser.ParseFile(token.NewFileSet(), name, source, parser.ImportsOnly)
	if err != nil {
		return nil, err
	}
	folder, test := path.Dir(name), strings.HasSuffix(name, "_test.go")
	allowed, known := mayImport(folder)
	if !known {
		return []string{name + ": say in mayImport what the new folder " + folder + " may import"}, nil
	}
	if test {
		allowed = append(testsMayImport(folder), allowed...)
	}
	var wrong []string
	for _, spec := range file.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return nil, err
		}
		ours, isOurs := strings.CutPrefix(imported, "walletwatch/")
		switch {
		case isOurs && !slices.Contains(allowed, ours):
			wrong = append(wrong, name+": "+folder+" must not import "+imported)
		case folder == "wallet" && !test && strings.Contains(imported, ".") && imported != "github.com/shopspring/decimal":
			wrong = append(wrong, name+": the rules use the standard library and one decimal type, not "+imported)
		case folder == "wallet" && !test && slices.Contains([]string{"os", "net/http", "database/sql", "log/slog", "context"}, imported):
			wrong = append(wrong, name+": the rules do no I/O, so they must not import "+imported)
		}
	}
	return wrong, nil
}

// TestImports keeps the packages apart. It reads the files itself: asking the go command would be answered from the
// test cache when another package has changed.
func TestImports(t *testing.T) {
	files := 0
	err := filepath.WalkDir(".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && name != "." && (entry.Name() == "testdata" || strings.HasPrefix(entry.Name(), ".")):
			return filepath.SkipDir
		case entry.IsDir() && name != "." && hasModule(name):
			return filepath.SkipDir // a module of its own, which cannot import ours
		case entry.IsDir() || filepath.Ext(name) != ".go":
			return nil
		}
		source, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		wrong, err := wrongImports(filepath.ToSlash(name), source)
		for _, w := range wrong {
			t.Error(w)
		}
		files++
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if files < 50 {
		t.Errorf("only %d Go files were found", files)
	}
}

func hasModule(folder string) bool {
	_, err := os.Stat(filepath.Join(folder, "go.mod"))
	return err == nil
}

func TestWrongImportsAreFound(t *testing.T) {
	tests := []struct {
		name     string
		imported string
		wrong    int
	}{
		{"wallet/level.go", "github.com/shopspring/decimal", 0},
		{"wallet/level.go", "walletwatch/money", 0},
		{"wallet/level.go", "walletwatch/ledger", 1},
		{"wallet/level.go", "github.com/prometheus/client_golang/prometheus", 1},
		{"wallet/level.go", "database/sql", 1},
		{"wallet/level_test.go", "pgregory.net/rapid", 0},
		{"wallet/level_test.go", "walletwatch/wallet", 0},
		{"wallet/level_test.go", "walletwatch/ledger", 1},
		{"money/money.go", "walletwatch/wallet", 1},
		{"secret/secret.go", "walletwatch/money", 1},
		{"octopus/client.go", "walletwatch/wallet", 1},
		{"octopus/client.go", "walletwatch/octopus/octopustest", 1},
		{"octopus/octopustest/server.go", "walletwatch/octopus", 1},
		{"web/page.go", "walletwatch/alerting", 1},
		{"alerting/slack.go", "walletwatch/ledger", 1},
		{"poller/poller.go", "walletwatch/octopus", 0},
		{"poller/poller.go", "walletwatch/ledger", 1},
		{"store/store.go", "walletwatch/ledger", 1},
		{"ledger/ledger.go", "walletwatch/store", 1},
		{"ledger/ledger_test.go", "walletwatch/store", 0},
		{"config/file.go", "walletwatch/poller", 1},
		{"daemon.go", "walletwatch/web", 0},
		{"daemon.go", "walletwatch/octopus/octopustest", 1},
		{"story_test.go", "walletwatch/octopus/octopustest", 0},
		{"newcomer/newcomer.go", "fmt", 1},
	}
	for _, test := range tests {
		wrong, err := wrongImports(test.name, []byte("package p\n\nimport _ \""+test.imported+"\"\n"))
		if err != nil {
			t.Fatal(err)
		}
		if len(wrong) != test.wrong {
			t.Errorf("%s imports %s: got %q, want %d complaints", test.name, test.imported, wrong, test.wrong)
		}
	}
}
