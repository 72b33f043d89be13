package alerting

import (
	"slices"
	"strings"

	"github.com/slack-go/slack"
)

// slackRefusal explains an answer with ok:false. Codes that nobody has listed count as temporary.
func (x *exchange) slackRefusal(said slack.SlackErrorResponse) *Refusal {
	code := strings.TrimSpace(said.Err)
	format, args := "Slack answers %s", []any{code}
	if said.Needed != "" {
		format, args = format+" (needs the scope %s)", append(args, said.Needed)
	}
	if help := slackHelp(code); help != "" {
		format, args = format+": %s", append(args, help)
	}
	r := x.refuse(slackPermanent(code), format, args...)
	r.code = code
	return r
}

// slackPermanent reports whether a code means that a person must mend something. message_limit_exceeded is the
// limit of a free plan, which does not end by itself either.
func slackPermanent(code string) bool {
	return strings.HasPrefix(code, "restricted_action") || unreadable(code) ||
		slices.Contains([]string{
			"channel_not_found", "not_in_channel", "is_archived", "channel_is_archived",
			"invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired", "missing_scope",
			"no_permission", "no_text", "cannot_reply_to_message", "team_not_found", "ekm_access_denied",
			"message_limit_exceeded",
		}, code)
}

// unreadable reports whether Slack objects to how a message is made rather than to what is done with it.
func unreadable(code string) bool {
	return slices.Contains([]string{
		"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long", "msg_too_long", "invalid_payload",
	}, code)
}

// lost reports whether a code means that a message can no longer be edited or replied to, so that a new one must
// take its place.
func lost(code string) bool {
	return slices.Contains([]string{
		"message_not_found", "thread_not_found", "cant_update_message", "edit_window_closed", "is_inactive",
		"cannot_reply_to_message", "restricted_action_thread_locked",
	}, code)
}

// slackHelp says what to do about a code.
func slackHelp(code string) string {
	switch code {
	case "channel_not_found", "not_in_channel":
		return "check the channel's name and invite the bot to it"
	case "is_archived", "channel_is_archived":
		return "unarchive the channel or choose another"
	case "invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired", "team_not_found":
		return "give a valid bot token"
	case "missing_scope", "no_permission":
		return "give the bot the scope chat:write"
	case "invalid_token", "no_service", "no_team", "team_disabled":
		return "give the URL of an incoming webhook that exists"
	case "action_prohibited":
		return "ask a workspace admin to allow posting"
	}
	return ""
}

// webhookCode finds the code in the plain text that an incoming webhook answers an error with.
func webhookCode(body []byte) string {
	code := strings.TrimSpace(string(body))
	if len(code) > 60 || strings.ContainsFunc(code, func(r rune) bool { return r != '_' && (r < 'a' || r > 'z') }) {
		return ""
	}
	return code
}

// webhookRefusal explains what a webhook answered: its status decides, the text says why.
func (x *exchange) webhookRefusal() *Refusal {
	code := webhookCode(x.body)
	reason := code
	if help := slackHelp(code); help != "" {
		reason += ": " + help
	}
	r := x.refusal(reason)
	r.code = code
	return r
}
