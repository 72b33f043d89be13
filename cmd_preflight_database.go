package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"walletwatch/preflight"
	"walletwatch/store"
)

// databaseCheck looks at the database that run would use. It neither makes nor migrates it: the version that runs must
// be able to go on with it, whatever the other checks find.
func (c *preflightCommand) databaseCheck(g *globals) (preflight.Check, error) {
	source, err := c.source(g.getenv)
	if err != nil {
		return preflight.Check{}, err
	}
	where, err := source()
	if err != nil {
		return preflight.Check{}, err
	}
	return preflight.Check{Name: "database", Endpoint: withoutSecrets(where), Run: func(ctx context.Context) preflight.Finding {
		schema, err := store.Inspect(ctx, source)
		if err != nil {
			return hindered(err)
		}
		return judgeSchema(schema, where)
	}}, nil
}

func hindered(err error) preflight.Finding {
	f := preflight.Finding{Result: preflight.Fail, Found: err.Error(), Advice: "mend that, then run again"}
	if h, ok := errors.AsType[store.Hindrance](err); ok {
		f.Advice = h.Advice
	}
	return f
}

// judgeSchema says what starting this version would do to a database that can be used.
func judgeSchema(s store.Schema, where string) preflight.Finding {
	path, isFile := strings.CutPrefix(where, "sqlite://")
	switch {
	case s.There == 0 && isFile:
		return preflight.Finding{
			Result: preflight.Warn,
			Found:  "there is no database at " + path + " yet; one can be made there",
			Advice: "right before the first start, as `walletwatch run` makes it; otherwise this is not the path, or not the volume, that it runs with",
		}
	case s.There == 0:
		return preflight.Finding{Result: preflight.OK, Found: "it can be written to; it is new: `walletwatch run` makes its tables"}
	case s.There < s.Known:
		return preflight.Finding{
			Result: preflight.Warn,
			Found:  fmt.Sprintf("it can be written to; schema %d, which `walletwatch run` brings to %d", s.There, s.Known),
			Advice: "back up first, as the version before refuses it afterwards: docs/backup.md",
		}
	}
	return preflight.Finding{Result: preflight.OK, Found: fmt.Sprintf("it can be written to; schema %d", s.There)}
}

// withoutSecrets names a database without user, password and options.
func withoutSecrets(database string) string {
	if strings.HasPrefix(database, "sqlite:") {
		return database
	}
	u, err := url.Parse(database)
	if err != nil || u.Host == "" {
		return "the database"
	}
	return (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}).String()
}
