// Package alerting answers "who must know?": it takes due deliveries out of an outbox and brings them to Slack and
// PagerDuty. A delivery is done when its receiver accepted it; until then it is tried again, for ever.
//
// Deliveries are at least once. What is sent twice is made harmless where the vendor allows it: edits of a Slack
// message and PagerDuty events with the same dedup_key can be repeated.
package alerting
