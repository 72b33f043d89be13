// Walletwatch watches the prepaid wallets of an Octopus Cards account and tells people before one runs dry.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"
	_ "time/tzdata" // time zones of thresholds.yaml, also where the image has none

	"github.com/alecthomas/kong"

	"walletwatch/config"
)

func main() {
	if os.Getenv("GOGC") == "" {
		// The daemon is idle between polls: it can afford to collect more often for a smaller memory request.
		debug.SetGCPercent(40)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// After the first signal the next one has its default effect: it ends the process at once.
	context.AfterFunc(ctx, stop)
	os.Exit(run(ctx, os.Args[1:], os.LookupEnv, os.Stdout, os.Stderr))
}

// The exit statuses.
const (
	exitFine    = 0
	exitFailed  = 1 // it failed while running
	exitRefused = 2 // usage, configuration or environment is wrong: nothing was started, nothing was sent
)

// globals are the flags of every command, and what a command needs of its surroundings.
type globals struct {
	Config    string `default:"thresholds.yaml" help:"The file with the thresholds." placeholder:"FILE"`
	LogLevel  string `default:"info" enum:"debug,info,warn,error" help:"The least important messages to log: debug, info, warn or error."`
	LogFormat string `default:"text" enum:"text,json" help:"How to log: text or json."`

	surroundings `kong:"-"`
}

// surroundings is what a command has from the process it runs in.
type surroundings struct {
	getenv   func(string) (string, bool)
	stdout   io.Writer
	stderr   io.Writer
	now      func() time.Time
	claimFor time.Duration // how long what a process has claimed is its own; 0: as long as is documented
}

type commands struct {
	globals

	Run        runCommand        `cmd:"" default:"withargs" help:"Watch the wallets (the default)."`
	Demo       demoCommand       `cmd:"" help:"Watch simulated wallets: no account, no network, no configuration."`
	Check      checkCommand      `cmd:"" help:"Check the configuration and the environment."`
	NotifyTest notifyTestCommand `cmd:"" help:"Send a test message and a test page, and take them back."`
	Preflight  preflightCommand  `cmd:"" help:"Check everything before going live: the API, the receivers, the webhooks and the database."`
	Migrate    migrateCommand    `cmd:"" help:"Move an installation from one database to another."`
	Backup     backupCommand     `cmd:"" help:"Copy a SQLite database while it is in use."`
	Wallets    walletsCommand    `cmd:"" help:"Print the wallets that a running walletwatch knows."`
	Alerts     alertsCommand     `cmd:"" help:"Print the alerts that a running walletwatch knows."`
	Version    versionCommand    `cmd:"" help:"Print the version."`
}

const description = `Watches the prepaid wallets of an Octopus Cards account: tells Slack and pages through PagerDuty before one runs dry.

Credentials come from the environment: OCTOPUS_BASE_URL, OCTOPUS_API_KEY and OCTOPUS_API_SECRET, and what the receivers in
thresholds.yaml need. "walletwatch check" names what is missing.`

// refused is an error that was found before anything was started or sent.
type refused struct{ error }

func (r refused) Unwrap() error { return r.error }

// run carries out one command and returns the exit status.
func run(ctx context.Context, args []string, getenv func(string) (string, bool), stdout, stderr io.Writer) int {
	return surroundings{getenv: getenv, stdout: stdout, stderr: stderr, now: time.Now}.run(ctx, args)
}

func (s surroundings) run(ctx context.Context, args []string) int {
	getenv, stdout, stderr := s.getenv, s.stdout, s.stderr
	cli := commands{globals: globals{surroundings: s}}
	helped := false
	parser, err := kong.New(&cli,
		kong.Name("walletwatch"), kong.Description(description), kong.UsageOnError(),
		kong.Writers(stdout, stderr), kong.Exit(func(int) { helped = true }),
		kong.BindTo(ctx, (*context.Context)(nil)), kong.Bind(&cli.globals),
		kong.Resolvers(environment(getenv)),
	)
	if err != nil {
		fmt.Fprintln(stderr, "walletwatch:", err)
		return exitRefused
	}
	command, err := parser.Parse(args)
	if helped {
		return exitFine
	}
	if err != nil {
		fmt.Fprintf(stderr, "walletwatch: %v\nTry \"walletwatch --help\".\n", err)
		return exitRefused
	}
	return status(command.Run(), stderr)
}

// status prints what went wrong and returns the exit status that says so.
func status(err error, stderr io.Writer) int {
	if err == nil {
		return exitFine
	}
	if _, ok := errors.AsType[config.Problems](err); ok {
		fmt.Fprintln(stderr, err) // a line for each, and for what was found beside them
		return exitRefused
	}
	fmt.Fprintln(stderr, "walletwatch:", err)
	if _, ok := errors.AsType[refused](err); ok {
		return exitRefused
	}
	return exitFailed
}

// environment lets flags take their values from the environment that run was given: kong's own env tags read that
// of the process.
func environment(getenv func(string) (string, bool)) kong.Resolver {
	return kong.ResolverFunc(func(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
		variable := flag.Tag.Get("variable")
		if variable == "" {
			return nil, nil
		}
		if value, ok := getenv(variable); ok && value != "" {
			return value, nil
		}
		return nil, nil
	})
}

// logger makes the log that the flags ask for, on the error output.
func (g *globals) logger() *slog.Logger {
	var level slog.Level
	// The flag's enum leaves only names that slog knows.
	_ = level.UnmarshalText([]byte(g.LogLevel))
	options := &slog.HandlerOptions{Level: level}
	if g.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(g.stderr, options))
	}
	return slog.New(slog.NewTextHandler(g.stderr, options))
}
