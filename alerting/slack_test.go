package alerting_test

import (
	"strings"
	"testing"

	"walletwatch/alerting/alertingtest"
	"walletwatch/wallet"
)

func TestSlackKeepsOneMessagePerEpisode(t *testing.T) {
	fake := alertingtest.NewSlack()
	s := newSlack(fake)

	first := delivery(notice())
	moving(wallet.Triggered, "warning", "1900")(&first.Notice)
	handle := mustDeliver(t, s, first)
	worse := then(first, handle, moving(wallet.Worsened, "critical", "412"))
	if got := mustDeliver(t, s, worse); got != handle {
		t.Errorf("handle after an edit: got %s, want %s", got, handle)
	}
	again := then(worse, handle, moving(wallet.Reminded, "critical", "400"))
	mustDeliver(t, s, again)
	better := then(again, handle, moving(wallet.Improved, "warning", "1500"))
	mustDeliver(t, s, better)
	mustDeliver(t, s, then(better, handle, resolving))

	messages := fake.Messages("#wallet-alerts")
	if len(messages) != 1 || messages[0].Edits != 4 {
		t.Fatalf("got %d messages, the first edited %d times; want 1 message edited 4 times", len(messages), messages[0].Edits)
	}
	for _, where := range []string{messages[0].Text, messages[0].BlockText()} {
		if !strings.Contains(where, "Resolved: USD gift cards") || !strings.Contains(where, "12,000.00 USD left") {
			t.Errorf("the message does not show how it ended: %s", where)
		}
	}
	replies := fake.Replies(messages[0])
	want := []struct {
		news string
		loud bool
	}{{"Worse: now critical", true}, {"Reminder: still critical", true}, {"Better: now warning", false}, {"Resolved after 25 min", false}}
	if len(replies) != len(want) {
		t.Fatalf("got %d replies, want %d", len(replies), len(want))
	}
	for i, w := range want {
		if !strings.Contains(replies[i].Text, w.news) || replies[i].Broadcast != w.loud {
			t.Errorf("reply %d: got broadcast %v, %q; want broadcast %v, %q", i, replies[i].Broadcast, replies[i].Text, w.loud, w.news)
		}
	}
}

func TestSlackEditsBeforeItReplies(t *testing.T) {
	fake := alertingtest.NewSlack()
	s := newSlack(fake)
	first := delivery(notice())
	worse := then(first, mustDeliver(t, s, first), moving(wallet.Worsened, "critical", "300"))
	fake.Next(alertingtest.Fault{Method: "chat.update", Status: 503})
	mustRefuse(t, s, worse)
	if n := fake.Requests("chat.postMessage"); n != 1 {
		t.Errorf("posted %d times, want only the first message: a reply must not come before its edit", n)
	}
	fake.Next(alertingtest.Fault{Method: "chat.postMessage", Status: 503})
	mustRefuse(t, s, worse)
	mustDeliver(t, s, worse)
	messages := fake.Messages("#wallet-alerts")
	if len(messages) != 1 || len(fake.Replies(messages[0])) != 1 {
		t.Errorf("after retries: got %d messages and %d replies, want one of each", len(messages), len(fake.Replies(messages[0])))
	}
}

func TestSlackNewEpisodeGetsANewMessageAndEndsTheOld(t *testing.T) {
	fake := alertingtest.NewSlack()
	s := newSlack(fake)
	first := delivery(notice())
	handle := mustDeliver(t, s, first)
	second := then(first, handle, func(n *wallet.Notice) { n.Since, n.Balance = start, dec("99") })
	ended := first.Notice
	resolving(&ended)
	ended.Balance, ended.Shown = dec("99"), "critical" // the numbers are those of now
	second.Previous = &ended

	got := mustDeliver(t, s, second)
	messages := fake.Messages("#wallet-alerts")
	if got == handle || len(messages) != 2 {
		t.Fatalf("got %d messages, handle %s; want 2 and a new handle", len(messages), got)
	}
	if !strings.Contains(messages[0].Text, "Resolved") || !strings.Contains(messages[0].Text, "there has been a newer one") ||
		strings.Contains(messages[0].Text, "not known to have been announced") || strings.Contains(messages[0].Text, "99.00") {
		t.Errorf("old message: got %q, want it resolved", messages[0].Text)
	}
	if !strings.Contains(messages[1].Text, "99.00 USD left") || strings.Contains(messages[1].Text, "Resolved") {
		t.Errorf("new message: got %q", messages[1].Text)
	}
}

func TestSlackOldMessageDoesNotHoldUpNewsForEver(t *testing.T) {
	tests := map[string]struct {
		fault    alertingtest.Fault
		attempts int
		told     bool
	}{
		"passing trouble is waited for": {alertingtest.Fault{Method: "chat.update", Status: 503}, 0, false},
		"but not for ever":              {alertingtest.Fault{Method: "chat.update", Status: 503}, 5, true},
		"a lost message is not":         {alertingtest.Fault{Method: "chat.update", Code: "message_not_found"}, 0, true},
		"nor what will never work":      {alertingtest.Fault{Method: "chat.update", Code: "no_permission"}, 0, true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			fake := alertingtest.NewSlack()
			s := newSlack(fake)
			first := delivery(notice())
			second := then(first, mustDeliver(t, s, first), func(n *wallet.Notice) { n.Since = start })
			second.Previous, second.Attempts = &first.Notice, test.attempts
			fake.Always(test.fault)
			_, err := s.Deliver(t.Context(), second)
			if told := err == nil && len(fake.Messages("#wallet-alerts")) == 2; told != test.told {
				t.Errorf("told %v (%v), want %v", told, err, test.told)
			}
		})
	}
}

func TestSlackReplacesAMessageThatCannotBeContinued(t *testing.T) {
	update, post := "chat.update", "chat.postMessage"
	faults := map[string]alertingtest.Fault{
		"gone":           {Method: update, Code: "message_not_found"},
		"not ours":       {Method: update, Code: "cant_update_message"},
		"too old":        {Method: update, Code: "edit_window_closed"},
		"inactive":       {Method: update, Code: "is_inactive"},
		"thread locked":  {Method: post, Code: "restricted_action_thread_locked"},
		"no thread":      {Method: post, Code: "cannot_reply_to_message"},
		"thread is gone": {Method: post, Code: "thread_not_found"},
	}
	for name, fault := range faults {
		t.Run(name, func(t *testing.T) {
			fake := alertingtest.NewSlack()
			s := newSlack(fake)
			first := delivery(notice())
			handle := mustDeliver(t, s, first)
			fake.Next(fault)
			got := mustDeliver(t, s, then(first, handle, moving(wallet.Worsened, "critical", "77")))
			messages := fake.Messages("#wallet-alerts")
			if got == handle || len(messages) != 2 || !strings.Contains(messages[1].Text, "77.00 USD left") {
				t.Errorf("got handle %s and %d messages, want a new message with the news", got, len(messages))
			}
		})
	}
}

func TestSlackTellsLoudlyThatItIsBack(t *testing.T) {
	fake := alertingtest.NewSlack()
	s := newSlack(fake)
	first := delivery(notice())
	handle := mustDeliver(t, s, first)
	away := then(first, handle, func(n *wallet.Notice) { resolving(n); n.Shown = "warning" })
	mustDeliver(t, s, away)
	mustDeliver(t, s, then(away, handle, func(n *wallet.Notice) { *n = notice() }))
	messages := fake.Messages("#wallet-alerts")
	replies := fake.Replies(messages[0])
	if len(messages) != 1 || len(replies) != 2 || replies[0].Broadcast || !replies[1].Broadcast {
		t.Errorf("got %d messages and replies %+v, want one message, a quiet reply and a loud one", len(messages), replies)
	}
	if !strings.Contains(messages[0].Text, "CRITICAL") {
		t.Errorf("got %q, want the message to fire again", messages[0].Text)
	}
}

func TestSlackDeletedMessage(t *testing.T) {
	fake := alertingtest.NewSlack()
	s := newSlack(fake)
	first := delivery(notice())
	handle := mustDeliver(t, s, first)
	fake.Delete(fake.Messages("#wallet-alerts")[0])
	if got := mustDeliver(t, s, then(first, handle, moving(wallet.Reminded, "critical", "400"))); got == handle {
		t.Error("the handle still names the deleted message")
	}
	if n := len(fake.Messages("#wallet-alerts")); n != 1 {
		t.Errorf("got %d messages, want 1", n)
	}
}

func TestSlackReplyWhoseMessageVanishedMeanwhileIsTold(t *testing.T) {
	fake := alertingtest.NewSlack()
	s := newSlack(fake)
	first := delivery(notice())
	handle := mustDeliver(t, s, first)
	fake.OnMessage = func(m alertingtest.Message) {
		if m.Via == "chat.update" {
			fake.Delete(m)
		}
	}
	mustDeliver(t, s, then(first, handle, moving(wallet.Worsened, "critical", "77")))
	messages := fake.Messages("#wallet-alerts")
	if len(messages) != 1 || !strings.Contains(messages[0].Text, "Worse: now critical") {
		t.Errorf("got %v, want the reply in the channel", messages)
	}
}

func TestSlackResolvedThatWasNeverToldIsOneMessage(t *testing.T) {
	fake := alertingtest.NewSlack()
	n := notice()
	resolving(&n)
	mustDeliver(t, newSlack(fake), delivery(n))
	messages := fake.Messages("#wallet-alerts")
	if len(messages) != 1 {
		t.Fatalf("got %d messages, want 1", len(messages))
	}
	for _, want := range []string{"has recovered", "lasted 25 min", "last at critical", "not known to have been announced"} {
		if !strings.Contains(messages[0].Text, want) {
			t.Errorf("the message lacks %q: %s", want, messages[0].Text)
		}
	}
}

func TestSlackHandleThatMakesNoSenseMeansANewMessage(t *testing.T) {
	for _, handle := range []string{"", "{}", "null", "nonsense", `{"channel":"C1"}`, `{"ts":"1.2"}`, `{"channel":1,"ts":2}`} {
		fake := alertingtest.NewSlack()
		first := delivery(notice())
		got := mustDeliver(t, newSlack(fake), then(first, handle, moving(wallet.Worsened, "critical", "77")))
		if len(fake.Messages("#wallet-alerts")) != 1 || got == handle {
			t.Errorf("handle %q: got %d messages and handle %q, want one new message", handle, len(fake.Messages("#wallet-alerts")), got)
		}
	}
}

func TestSlackNothingAcceptedMeansANewMessage(t *testing.T) {
	fake := alertingtest.NewSlack()
	s := newSlack(fake)
	first := delivery(notice())
	next := then(first, mustDeliver(t, s, first), moving(wallet.Worsened, "critical", "77"))
	next.Accepted.Seq = 0
	mustDeliver(t, s, next)
	if n := len(fake.Messages("#wallet-alerts")); n != 2 {
		t.Errorf("got %d messages, want 2", n)
	}
}

func TestSlackPatienceWithEdits(t *testing.T) {
	fake := alertingtest.NewSlack()
	s := newSlack(fake)
	first := delivery(notice())
	next := then(first, mustDeliver(t, s, first), moving(wallet.Worsened, "critical", "77"))
	fake.Always(alertingtest.Fault{Method: "chat.update", Code: "internal_error"})
	mustRefuse(t, s, next)
	next.Attempts = 5
	mustDeliver(t, s, next)
	if n := len(fake.Messages("#wallet-alerts")); n != 2 {
		t.Errorf("got %d messages, want a second one with the news", n)
	}
}
