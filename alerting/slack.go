package alerting

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"walletwatch/secret"
	"walletwatch/wallet"
)

// SlackAPI is where Slack's Web API is.
const SlackAPI = "https://slack.com/api/"

const (
	// editTimeout bounds an edit, so that within one attempt there is time left for the news itself.
	editTimeout = 4 * time.Second
	// patience is after how many failed attempts trouble with an edit no longer holds up the news.
	patience = 5
)

// SlackConfig is what a Slack receiver needs.
type SlackConfig struct {
	Channel   string            // name or id; the bot must be a member
	Token     secret.Value      // bot token with the scope chat:write, read at each delivery
	APIURL    string            // "": SlackAPI
	Transport http.RoundTripper // nil: a new http.Transport
	Now       func() time.Time  // nil: time.Now
	Logger    *slog.Logger      // nil: nothing is logged
}

// Slack tells a Slack channel: one message per episode, edited in place as things change, with the history as
// replies in its thread.
type Slack struct {
	cfg    SlackConfig
	render func(*wallet.Delivery, time.Time) rendered
}

// NewSlack makes a receiver that uses Slack's Web API. It sends nothing.
func NewSlack(cfg SlackConfig) *Slack {
	// Without the slash at the end the library would call ".../apichat.postMessage".
	cfg.APIURL = strings.TrimRight(cmp.Or(cfg.APIURL, SlackAPI), "/") + "/"
	if cfg.Transport == nil {
		cfg.Transport = newTransport()
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	return &Slack{cfg: cfg, render: renderSlack}
}

// handle names a message of Slack. The channel is the id that Slack answered with: edits need it.
type handle struct {
	Channel string `json:"channel"`
	TS      string `json:"ts"`
}

func parseHandle(s string) (h handle, ok bool) {
	err := json.Unmarshal([]byte(s), &h)
	return h, err == nil && h.Channel != "" && h.TS != ""
}

func (h handle) String() string {
	b, _ := json.Marshal(h) // two strings can always be marshalled
	return string(b)
}

// Deliver posts the first news of an episode as a message. Later news edits that message and is added to its
// thread, visibly in the channel too unless things got better or are as they were, only confirmed now. A message that can no longer be edited is replaced
// by a new one. All of it may be repeated; only a post whose answer got lost shows twice.
func (s *Slack) Deliver(ctx context.Context, d *wallet.Delivery) (string, error) {
	c, err := s.call()
	if err != nil {
		return "", err
	}
	r := orPlainly(s.render, plainSlack, d, s.cfg.Now())
	old, known := parseHandle(d.Handle)
	if known && continues(d) {
		err := s.follow(ctx, c, old, d, r)
		if err == nil || !replaceable(err, d.Attempts) {
			return d.Handle, err
		}
		s.cfg.Logger.Warn("the message in Slack can't be continued; posting a new one", "key", d.Notice.DedupKey(), "error", err)
	} else if known && d.Previous != nil {
		if err := s.end(ctx, c, old, d); err != nil {
			return "", err
		}
	}
	h, err := c.post(ctx, s.cfg.Channel, r.main)
	if err != nil {
		return "", err
	}
	return h.String(), nil
}

// follow brings the episode's message up to date, then tells its thread. The edit comes first because it may be
// repeated.
func (s *Slack) follow(ctx context.Context, c *slackCall, at handle, d *wallet.Delivery, r rendered) error {
	if err := c.edit(ctx, at, r.main); err != nil {
		return err
	}
	if d.Notice.Occasion == wallet.Tested {
		return nil
	}
	loud := d.Want.Firing && d.Notice.Occasion != wallet.Improved && d.Notice.Occasion != wallet.Verified
	threaded, err := c.reply(ctx, at, r.reply, loud)
	if err == nil && !threaded {
		// Slack has posted it in the channel: it has been told, and the next edit will find the message gone.
		s.cfg.Logger.Warn("the message in Slack that this belongs to is gone", "key", d.Notice.DedupKey())
	}
	return err
}

// end edits the message of an older episode, which still looks as if it went on, to how it ended. Its trouble holds
// up the newer episode's news only for a while, and not if it is for good.
func (s *Slack) end(ctx context.Context, c *slackCall, at handle, d *wallet.Delivery) error {
	past := *d
	past.Notice, past.Want = *d.Previous, d.Accepted
	past.Want.Since, past.Want.Firing = d.Previous.Since, false
	past.Accepted.Since = d.Previous.Since
	err := c.edit(ctx, at, orPlainly(s.render, plainSlack, &past, s.cfg.Now()).main)
	var refusal *Refusal
	if err == nil || d.Attempts >= patience || (errors.As(err, &refusal) && (refusal.Permanent || lost(refusal.code))) {
		return nil
	}
	return err
}

// replaceable reports whether a message that could not be continued gives way to a new one.
func replaceable(err error, attempts int) bool {
	var refusal *Refusal
	if !errors.As(err, &refusal) {
		return false
	}
	return lost(refusal.code) || (!refusal.Permanent && attempts >= patience)
}
