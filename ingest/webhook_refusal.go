package ingest

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"sync"

	"walletwatch/problem"
)

// What becomes of a webhook: the values of the metric's label result.
const (
	resultAccepted  = "accepted"
	resultDuplicate = "duplicate"

	reasonBadSignature     = "bad_signature"
	reasonUnreadableSecret = "secret_unreadable"
	reasonAmbiguous        = "ambiguous_account"
	reasonStale            = "stale_timestamp"
	reasonMalformed        = "malformed"
	reasonContradiction    = "contradiction"
	reasonTooOld           = "too_old"
	reasonFromFuture       = "from_future"
	reasonEncoded          = "encoded"
	reasonTooLarge         = "too_large"
	reasonIncomplete       = "incomplete"
	reasonOverloaded       = "overloaded"
	reasonStopping         = "stopping"
	reasonUnrecorded       = "unrecorded"
	reasonTimeout          = "timeout"
)

// reasonOf names an error of submit.
func reasonOf(err error) string {
	switch {
	case errors.Is(err, errOverloaded):
		return reasonOverloaded
	case errors.Is(err, errStopping):
		return reasonStopping
	case errors.Is(err, errUnrecorded):
		return reasonUnrecorded
	}
	return reasonTimeout
}

// webhookRefusal is why a webhook was not taken.
type webhookRefusal struct {
	reason     string
	retryAfter string // seconds; "": not said here
	problem    *problem.Problem
}

func (e *webhookRefusal) Error() string { return e.problem.Message }
func (e *webhookRefusal) Unwrap() error { return e.problem }

func refuse(reason string, status int, code, message string) error {
	return &webhookRefusal{reason: reason, problem: &problem.Problem{Status: status, Code: code, Message: message}}
}

func refuseLater(reason, retryAfter, code, message string) error {
	return &webhookRefusal{reason, retryAfter, &problem.Problem{Status: http.StatusServiceUnavailable, Code: code, Message: message}}
}

// refusalLog tells of refused webhooks, at most once a minute for each reason: anyone on the internet can cause them.
type refusalLog struct {
	logger  *slog.Logger
	reasons sync.Map // reason → *occasional
}

func (l *refusalLog) log(ctx context.Context, d *delivery, e *webhookRefusal) {
	kept, _ := l.reasons.LoadOrStore(e.reason, new(occasional))
	if missed, ok := kept.(*occasional).due(d.at); ok {
		l.logger.WarnContext(ctx, "refused a webhook", "reason", e.reason, "message", e.problem.Message,
			"account", d.account, "times_before", missed)
	}
}
