package alerting

import (
	"context"
	"errors"

	"github.com/slack-go/slack"
)

// slackCall makes the requests of one delivery with the token as it is now.
type slackCall struct {
	cfg   *SlackConfig
	token string
	hide  func(string) string
}

func (s *Slack) call() (*slackCall, error) {
	token, err := s.cfg.Token.Reveal()
	if err != nil {
		return nil, &Refusal{Reason: err.Error()}
	}
	if token == "" {
		return nil, &Refusal{Permanent: true, Reason: "no Slack bot token is set"}
	}
	return &slackCall{cfg: &s.cfg, token: token, hide: hiding(token)}, nil
}

func (c *slackCall) post(ctx context.Context, channel string, m message) (handle, error) {
	return c.send(m, func(api *slack.Client, content slack.MsgOption) (h handle, err error) {
		h.Channel, h.TS, err = api.PostMessageContext(ctx, channel, content)
		return h, err
	})
}

func (c *slackCall) edit(ctx context.Context, at handle, m message) error {
	ctx, cancel := context.WithTimeout(ctx, editTimeout)
	defer cancel()
	_, err := c.send(m, func(api *slack.Client, content slack.MsgOption) (h handle, err error) {
		h.Channel, h.TS, _, err = api.UpdateMessageContext(ctx, at.Channel, at.TS, content)
		return h, err
	})
	return err
}

// reply posts to the thread of a message. threaded is false when Slack says that the message is gone and that it
// has posted to the channel instead.
func (c *slackCall) reply(ctx context.Context, at handle, m message, loud bool) (threaded bool, err error) {
	where := slack.MsgOptionTS(at.TS)
	if loud {
		where = slack.MsgOptionCompose(where, slack.MsgOptionBroadcast())
	}
	threaded = true
	_, err = c.send(m, func(api *slack.Client, content slack.MsgOption) (h handle, err error) {
		var posted slack.Message
		h.Channel, h.TS, posted, err = api.PostMessageWithResponseContext(ctx, at.Channel, content, where)
		threaded = posted.ThreadTimestamp != "" || posted.Timestamp == ""
		return h, err
	})
	return threaded, err
}

// send makes one request, and a second one without blocks if Slack doesn't like them: it is said plainly rather
// than not at all.
func (c *slackCall) send(m message, do func(*slack.Client, slack.MsgOption) (handle, error)) (handle, error) {
	h, err := c.sendOnce(content(m.text, m.blocks), do)
	var refusal *Refusal
	if m.blocks != nil && errors.As(err, &refusal) && unreadable(refusal.code) {
		h, err = c.sendOnce(content(shorten(m.text, mostText/2), nil), do)
	}
	return h, err
}

// content always names blocks: those that an edit leaves out would stay as they were.
func content(text string, blocks []slack.Block) slack.MsgOption {
	return slack.MsgOptionCompose(
		slack.MsgOptionText(text, false), // escaped already
		slack.MsgOptionBlocks(blocks...),
		slack.MsgOptionDisableLinkUnfurl(),
		slack.MsgOptionDisableMediaUnfurl(),
	)
}

func (c *slackCall) sendOnce(content slack.MsgOption, do func(*slack.Client, slack.MsgOption) (handle, error)) (handle, error) {
	x := &exchange{service: "Slack", base: c.cfg.Transport, now: c.cfg.Now, hide: c.hide}
	// No retries of the library: they have no upper bound, and may post twice.
	api := slack.New(c.token, slack.OptionAPIURL(c.cfg.APIURL), slack.OptionHTTPClient(x.client()))
	h, err := do(api, content)
	var said slack.SlackErrorResponse
	switch {
	case errors.As(err, &said):
		return handle{}, x.slackRefusal(said)
	case err != nil:
		return handle{}, x.refusal("")
	case h.Channel == "" || h.TS == "":
		return handle{}, x.refusal("it names no message")
	}
	return h, nil
}
