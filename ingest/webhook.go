package ingest

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"walletwatch/octopus"
	"walletwatch/problem"
	"walletwatch/wallet"
)

const (
	// maxLargeWebhooks bounds the webhooks of which more than the first piece is read at once, and with them their
	// memory: whoever holds no secret can still make each take maxWebhookBody.
	maxLargeWebhooks = 256
	// maxSignedWebhooks bounds the webhooks with a good signature that wait to be recorded.
	maxSignedWebhooks = 256
	// maxWebhookBody is the longest body in bytes. The vendor's events have a few hundred, with vouchers a few thousand.
	maxWebhookBody = 256 << 10
	// webhookReadTime is how long the first piece of a body may take to arrive.
	webhookReadTime = 5 * time.Second
	// webhookRestTime is how long the rest may take. It is short, as others are refused for want of a slot meanwhile.
	webhookRestTime = time.Second
	// webhookRecordTime is how long recording may take before the vendor is told to send the event again. It leaves
	// the rest of a second for the answer.
	webhookRecordTime = 800 * time.Millisecond
)

// Webhooks is the handler of POST /webhooks/octopus and /webhooks/octopus/{account}. An event is acknowledged once it
// is recorded. Which body counts is decided by its signature alone, and the id in the signed body is what keeps an
// event from counting twice: the time and the id in the headers are not signed.
func (s *Server) Webhooks() http.Handler {
	h := newWebhooks(s)
	hooks := s.try("webhooks", http.StatusOK, h.serve)
	mux := http.NewServeMux()
	mux.Handle("/webhooks/octopus", hooks)
	mux.Handle("/webhooks/octopus/{account}", hooks)
	mux.Handle("/", s.try("webhooks", http.StatusOK, func(http.ResponseWriter, *http.Request) error {
		return problem.NotFound("Webhooks are taken at /webhooks/octopus and /webhooks/octopus/{account} only.")
	}))
	return mux
}

// webhooks takes in the vendor's webhooks.
type webhooks struct {
	server  *Server
	signers []signer
	large   chan struct{} // one for each request of which more than the first piece is read
	signed  chan struct{} // one for each request that is recorded
	paths   pathCache
	metrics *webhookMetrics
	refused refusalLog
}

func newWebhooks(s *Server) *webhooks {
	return &webhooks{
		server: s, signers: newSigners(s), large: make(chan struct{}, maxLargeWebhooks), signed: make(chan struct{}, maxSignedWebhooks),
		paths:   pathCache{more: []string{"new_balance", "current_balance", "closing_balance"}},
		metrics: s.webhookMetrics, refused: refusalLog{logger: s.logger},
	}
}

// delivery is what is known of one request so far.
type delivery struct {
	at      time.Time // when it arrived
	account string    // "": not known yet
	event   *octopus.Event
	result  string // the value of the metric's label
}

func (h *webhooks) serve(w http.ResponseWriter, r *http.Request) error {
	d := &delivery{at: h.server.now(), account: r.PathValue("account")}
	signers, err := h.signersOf(d.account)
	if err != nil {
		return err
	}
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		return problem.Generic(http.StatusMethodNotAllowed)
	}
	err = h.take(w, r, d, signers)
	if refusal, ok := errors.AsType[*webhookRefusal](err); ok {
		d.result = refusal.reason
		if refusal.retryAfter != "" {
			w.Header().Set("Retry-After", refusal.retryAfter)
		}
		h.refused.log(r.Context(), d, refusal)
	}
	h.metrics.count(d)
	return err
}

// take reads, checks and records one webhook, and acknowledges it.
func (h *webhooks) take(w http.ResponseWriter, r *http.Request, d *delivery, signers []signer) error {
	body, err := h.read(w, r)
	defer clear(body[:cap(body)]) // it may hold voucher codes
	if err != nil {
		return err
	}
	account, err := signedBy(signers, body, r.Header.Get("X-Signature"))
	if err != nil {
		return err
	}
	d.account = account
	if err := d.open(body, r.Header); err != nil {
		return err
	}
	if err := h.record(w, r, d); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = io.WriteString(w, `{"status":"`+d.result+"\"}\n")
	return nil
}

// record hands on what the event says of the account's wallets, and waits until that is recorded.
func (h *webhooks) record(w http.ResponseWriter, r *http.Request, d *delivery) error {
	select {
	case h.signed <- struct{}{}:
		defer func() { <-h.signed }()
	default:
		return tooManyWebhooks()
	}
	s := h.server
	list := d.observations(h.paths.of(s.paths()))
	at := list[0].At
	ctx, cancel := context.WithTimeout(r.Context(), webhookRecordTime)
	defer cancel()
	verdicts, err := s.submit(ctx, d.account, list)
	if err != nil {
		return &webhookRefusal{reason: reasonOf(err), problem: s.refusal(w, err)}
	}
	d.result = resultAccepted
	if verdicts[0] == wallet.Duplicate {
		d.result = resultDuplicate
	} else {
		s.metrics.heard(d.account, wallet.FromWebhook, d.at.Sub(at))
	}
	s.logger.DebugContext(r.Context(), "took in a webhook", "event_id", d.event.ID, "type", d.event.Type,
		"account", d.account, "verdict", verdicts[0])
	return nil
}
