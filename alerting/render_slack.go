package alerting

import (
	"encoding/json"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/slack-go/slack"

	"walletwatch/wallet"
)

// Slack's limits, in characters after escaping (docs.slack.dev, Block Kit reference; the last one is undocumented,
// seen near 13,200). Those of text are lower than Slack's 40,000 because chat.update takes 4,000 only.
const (
	mostHeader  = 150
	mostSection = 3000
	mostField   = 2000
	mostContext = 2000
	mostText    = 3900
	mostBlocks  = 13000
)

// message is what Slack is sent: text alone, or blocks with the text for notifications. Both say all there is to say.
type message struct {
	text   string
	blocks []slack.Block // nil: text only
}

// slackMessage renders a page as a message of its own.
func slackMessage(p *page) message {
	m := message{text: slackText(p)}
	blocks := slackBlocks(p)
	if b, err := json.Marshal(blocks); err == nil && utf8.RuneCount(b) <= mostBlocks {
		m.blocks = blocks
	}
	return m
}

// slackReply renders a page as one line of a thread's history.
func slackReply(p *page) message {
	parts := []string{p.mark + " " + p.news + ". " + p.lead}
	parts = append(append(parts, p.faults...), p.notes...)
	var facts []string
	for _, f := range p.facts {
		facts = append(facts, f.label+": "+f.value)
	}
	if len(facts) > 0 {
		parts = append(parts, strings.Join(facts, " · "))
	}
	return message{text: escape(strings.Join(parts, "\n"), mostText)}
}

func slackText(p *page) string {
	lines := []string{p.mark + " " + p.title, p.lead}
	for _, f := range p.faults {
		lines = append(lines, "• "+f)
	}
	lines = append(lines, p.notes...)
	for _, f := range p.facts {
		lines = append(lines, f.label+": "+f.value)
	}
	for _, l := range p.links {
		lines = append(lines, l.label+": "+l.url)
	}
	return escape(strings.Join(append(lines, p.news+" · "+p.key), "\n"), mostText)
}

func slackBlocks(p *page) []slack.Block {
	header := slack.NewTextBlockObject(slack.PlainTextType, escape(p.mark+" "+p.title, mostHeader), true, false)
	blocks := []slack.Block{slack.NewHeaderBlock(header), section(escape(p.lead, mostSection))}
	if len(p.faults) > 0 {
		blocks = append(blocks, section(escape("• "+strings.Join(p.faults, "\n• "), mostSection)))
	}
	if len(p.notes) > 0 {
		blocks = append(blocks, section(escape("⚠️ "+strings.Join(p.notes, "\n⚠️ "), mostSection)))
	}
	if len(p.facts) > 0 {
		var fields []*slack.TextBlockObject
		for _, f := range p.facts {
			fields = append(fields, markdown("*"+f.label+"*\n"+escape(f.value, mostField-len(f.label)-3)))
		}
		blocks = append(blocks, slack.NewSectionBlock(nil, fields, nil))
	}
	if links := slackLinks(p); links != "" {
		blocks = append(blocks, section(links))
	}
	return append(blocks, slack.NewContextBlock("", markdown(escape(p.news+" · "+p.key, mostContext))))
}

// slackLinks writes the links in Slack's markup; webAddress has kept out what could break it. A link that does not
// fit is left out rather than cut.
func slackLinks(p *page) string {
	var links []string
	for _, l := range p.links {
		one := "<" + escaper.Replace(l.url) + "|" + l.label + ">"
		if utf8.RuneCountInString(strings.Join(append(links, one), " · ")) <= mostSection {
			links = append(links, one)
		}
	}
	return strings.Join(links, " · ")
}

func section(text string) slack.Block { return slack.NewSectionBlock(markdown(text), nil, nil) }

// markdown is verbatim: Slack must not find links and mentions by itself in other people's data.
func markdown(text string) *slack.TextBlockObject {
	return slack.NewTextBlockObject(slack.MarkdownType, text, false, true)
}

var escaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

// escape escapes s for Slack and shortens it to most characters, never within an escape.
func escape(s string, most int) string {
	escaped := escaper.Replace(s)
	if utf8.RuneCountInString(escaped) <= most {
		return escaped
	}
	var b strings.Builder
	length := 1 // of the ellipsis
	for _, r := range s {
		piece := escaper.Replace(string(r))
		if length += utf8.RuneCountInString(piece); length > most {
			break
		}
		b.WriteString(piece)
	}
	return b.String() + "…"
}

// shorten shortens a text that has been escaped already, and leaves no half of an escape at its end.
func shorten(escaped string, most int) string {
	s := clip(escaped, most)
	if i := strings.LastIndexByte(s, '&'); s != escaped && i >= 0 && !strings.Contains(s[i:], ";") {
		return s[:i] + "…"
	}
	return s
}

// rendered is what a delivery becomes: the episode's message and the line for its thread.
type rendered struct{ main, reply message }

func renderSlack(d *wallet.Delivery, now time.Time) rendered {
	p := tell(d, now).page()
	return rendered{main: slackMessage(p), reply: slackReply(p)}
}

func plainSlack(d *wallet.Delivery) rendered {
	plain := message{text: escape(plainly(d), mostText)}
	return rendered{plain, plain}
}
