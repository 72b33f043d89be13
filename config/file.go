package config

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"reflect"
	"time"

	"walletwatch/wallet"
)

// File is thresholds.yaml, checked and with every default filled in. It is immutable: a reload makes a new one.
type File struct {
	Path         string
	Poll         string         // the schedule as written; ParseSchedule reads it
	PollEvery    time.Duration  // the longest time between two firings of Poll
	Location     *time.Location // of Poll's cron fields
	Policy       *wallet.Policy // percentages as written (20 is a fifth), RecoverAt as a factor (1.25)
	Receivers    []Receiver     // in the order of the file
	Accounts     []AccountRef   // in the order of the file, at least one
	BalancePaths []string       // where order responses may carry a balance: one to five names joined by dots, first hit wins
	Hash         string         // of the bytes: equal for equal files
}

// ReceiverType is a kind of receiver.
type ReceiverType string

// The kinds of receivers.
const (
	Slack     ReceiverType = "slack"
	PagerDuty ReceiverType = "pagerduty"
)

// Receiver is somebody who can be told. Fields that do not belong to its type are empty.
type Receiver struct {
	Name     string
	Type     ReceiverType
	Position Position

	Channel  string // slack: "#name" or an ID; may be empty with a webhook URL
	TokenEnv string // slack: the variable that holds the bot token
	APIURL   string // slack: ends in "/"

	RoutingKeyEnv string // pagerduty: the variable that holds the integration key
	Region        string // pagerduty: us or eu
	EventsURL     string // pagerduty: the base URL to use, without a final "/"
	CustomURL     bool   // pagerduty: EventsURL is the file's own, not the region's
}

// AccountRef names an API account and where its credentials come from.
type AccountRef struct {
	Name      string
	EnvPrefix string   // its variables are EnvPrefix + "_BASE_URL", "_API_KEY", "_API_SECRET" and "_WEBHOOK_SECRET"
	Position  Position // zero for the account that is there without being written
}

// Options change what is allowed.
type Options struct {
	AllowFastPoll bool // poll may fire more often than once a minute
}

// Load reads and checks the file at path. The error is Problems, also when the file cannot be read.
func Load(path string, opt Options) (*File, error) {
	f, problems := load(path, opt)
	if len(problems) > 0 {
		return nil, problems
	}
	return f, nil
}

// LoadAll reads and checks the file at path and the environment that it needs. The error is Problems with the
// mistakes of both, as far as a file with mistakes says what it needs.
func LoadAll(path string, getenv func(string) (string, bool), opt Options) (*File, *Environment, error) {
	f, problems := load(path, opt)
	if f == nil {
		return nil, nil, problems
	}
	env, missing := environment(getenv, f)
	if problems = append(problems, missing...); len(problems) > 0 {
		return nil, nil, problems
	}
	return f, env, nil
}

// load returns what it could read of the file besides its problems; nil when that is nothing.
func load(path string, opt Options) (*File, Problems) {
	data, err := read(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, Problems{{File: path, Message: "there is no such file: copy the thresholds.yaml that comes with walletwatch, or name yours with --config"}}
	case err != nil:
		return nil, Problems{{File: path, Message: fmt.Sprintf("the file cannot be read: %v", cause(err))}}
	}
	return parse(path, data, opt)
}

// read reads one byte more than is allowed, so that Parse sees that the file is too long.
func read(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, maxSize+1))
}

// cause leaves out the path, which the problem names anyway.
func cause(err error) error {
	if path, ok := errors.AsType[*fs.PathError](err); ok {
		return path.Err
	}
	return err
}

// Parse checks data as the file called path. The error is Problems, sorted by position, and holds every mistake:
// only text that is not YAML at all hides what comes after it.
func Parse(path string, data []byte, opt Options) (*File, error) {
	f, problems := parse(path, data, opt)
	if len(problems) > 0 {
		return nil, problems
	}
	return f, nil
}

func parse(path string, data []byte, opt Options) (*File, Problems) {
	p := newParser(path)
	root := p.source(data)
	if root == nil {
		return nil, p.problems.sorted()
	}
	doc := new(document)
	p.origins[doc] = &origin{key: place(root), value: place(root)}
	p.decode(root, reflect.ValueOf(doc).Elem(), rules{name: path})
	f := p.build(doc, opt)
	sum := sha256.Sum256(data)
	f.Path, f.Hash = path, hex.EncodeToString(sum[:])
	return f, p.problems.sorted()
}

// build checks what the values mean and to whom they refer.
func (p *parser) build(doc *document, opt Options) *File {
	f := &File{Poll: doc.Poll, Location: p.location(doc)}
	f.PollEvery = p.pollEvery(doc, f.Location, opt)
	f.Accounts = p.accounts(doc)
	f.Receivers = p.receivers(doc)
	f.BalancePaths = p.balancePaths(doc)
	f.Policy = &wallet.Policy{
		Spend:       p.spend(&doc.Spend),
		Levels:      p.levels(doc, doc.Levels, nil),
		RecoverAt:   doc.RecoverAt.Decimal,
		RemindEvery: p.remindEvery(doc),
	}
	f.Policy.StaleAfter = p.staleAfter(doc, f.Policy.Levels, f.PollEvery)
	f.Policy.Rules = p.rules(doc, f)
	return f
}
