package alertingtest

import (
	"encoding/json"
	"strings"
	"unicode/utf8"
)

// Slack's limits (docs.slack.dev, Block Kit reference and chat.update; the total is undocumented, seen near 13,200).
const (
	mostBlocks     = 50
	mostHeader     = 150
	mostSection    = 3000
	mostFields     = 10
	mostField      = 2000
	mostElements   = 10
	mostAllBlocks  = 13200
	mostText       = 40000
	mostUpdateText = 4000
)

type block struct {
	Type     string
	Text     *textObject
	Fields   []textObject
	Elements []textObject
}

type textObject struct{ Type, Text string }

// contentFault returns Slack's code for what is wrong with a message, or "". A text over 40,000 characters, which
// Slack would cut with a warning, is refused so that tests notice.
func contentFault(method, text string, raw json.RawMessage) string {
	var blocks []block
	if someBlocks(raw) != nil && json.Unmarshal(raw, &blocks) != nil {
		return "invalid_blocks_format"
	}
	most := mostText
	if method == "chat.update" {
		most = mostUpdateText
	}
	switch {
	case text == "" && len(blocks) == 0:
		return "no_text"
	case utf8.RuneCountInString(text) > most:
		return "msg_too_long"
	case len(blocks) > mostBlocks:
		return "invalid_blocks"
	case utf8.RuneCount(raw) > mostAllBlocks:
		return "msg_blocks_too_long"
	}
	for i := range blocks {
		if !blocks[i].valid() {
			return "invalid_blocks"
		}
	}
	return ""
}

func (b *block) valid() bool {
	switch b.Type {
	case "header":
		return b.Text != nil && b.Text.Type == "plain_text" && b.Text.fits(mostHeader)
	case "section":
		return (b.Text != nil || len(b.Fields) > 0) && (b.Text == nil || b.Text.fits(mostSection)) &&
			len(b.Fields) <= mostFields && allFit(b.Fields, mostField)
	case "context":
		return len(b.Elements) > 0 && len(b.Elements) <= mostElements && allFit(b.Elements, mostSection)
	case "divider":
		return true
	}
	return false
}

func (t *textObject) fits(most int) bool {
	return (t.Type == "plain_text" || t.Type == "mrkdwn") && t.Text != "" && utf8.RuneCountInString(t.Text) <= most
}

func allFit(texts []textObject, most int) bool {
	for i := range texts {
		if !texts[i].fits(most) {
			return false
		}
	}
	return true
}

// BlockText returns the texts of the message's blocks, one a line, as people would read them; "" without blocks.
func (m *Message) BlockText() string {
	var blocks []block
	if json.Unmarshal(m.Blocks, &blocks) != nil {
		return ""
	}
	var lines []string
	for _, b := range blocks {
		if b.Text != nil {
			lines = append(lines, b.Text.Text)
		}
		for _, t := range append(b.Fields, b.Elements...) {
			lines = append(lines, t.Text)
		}
	}
	return strings.Join(lines, "\n")
}
