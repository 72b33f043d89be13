package ingest_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/prometheus/common/expfmt"
)

// mustGather makes one collector of all that the kit's registry holds.
func mustGather(t *testing.T, k *hookKit) prometheus.Collector {
	t.Helper()
	if _, err := k.reg.Gather(); err != nil {
		t.Fatal(err)
	}
	return k.reg
}

func exposition(t *testing.T, k *hookKit) string {
	t.Helper()
	families, err := k.reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	for _, f := range families {
		if _, err := expfmt.MetricFamilyToText(&out, f); err != nil {
			t.Fatal(err)
		}
	}
	return out.String()
}

func TestWebhookMetrics(t *testing.T) {
	k := newHookKit(t, nil)
	k.send(debited)
	k.send(debited)
	k.send(`{"id":"evt_2","type":"gift.wrapped"}`)
	k.send(`nonsense`)
	forged := k.signed(hookPath, debited)
	forged.Header.Set("X-Signature", "00")
	k.answer(forged)
	forged = k.signed(hookPath+"/default", debited)
	forged.Header.Set("X-Signature", "00")
	k.answer(forged)
	want := `
# HELP walletwatch_webhook_last_accepted_timestamp_seconds When a webhook was last accepted, by account and event type.
# TYPE walletwatch_webhook_last_accepted_timestamp_seconds gauge
walletwatch_webhook_last_accepted_timestamp_seconds{account="default",type="other"} 1.7954352005e+09
walletwatch_webhook_last_accepted_timestamp_seconds{account="default",type="wallet.debited"} 1.7954352005e+09
# HELP walletwatch_webhooks_total Webhooks by account, event type and what became of them. Account and type are empty where a webhook was refused before they were known.
# TYPE walletwatch_webhooks_total counter
walletwatch_webhooks_total{account="",result="bad_signature",type=""} 1
walletwatch_webhooks_total{account="default",result="accepted",type="other"} 1
walletwatch_webhooks_total{account="default",result="accepted",type="wallet.debited"} 1
walletwatch_webhooks_total{account="default",result="bad_signature",type=""} 1
walletwatch_webhooks_total{account="default",result="duplicate",type="wallet.debited"} 1
walletwatch_webhooks_total{account="default",result="malformed",type=""} 1
`
	if err := testutil.GatherAndCompare(k.reg, strings.NewReader(want), "walletwatch_webhooks_total", "walletwatch_webhook_last_accepted_timestamp_seconds"); err != nil {
		t.Error(err)
	}
	all := exposition(t, k)
	for _, line := range []string{
		`walletwatch_observation_age_seconds_count{account="default",source="webhook"} 2`,
		`walletwatch_observation_age_seconds_sum{account="default",source="webhook"} 0`,
		`walletwatch_ingest_requests_total{code="401",endpoint="webhooks"} 2`,
	} {
		if !strings.Contains(all, line+"\n") {
			t.Errorf("%s is missing from\n%s", line, all)
		}
	}
	problems, err := testutil.GatherAndLint(k.reg)
	if err != nil || len(problems) > 0 {
		t.Errorf("lint says %v, %v", problems, err)
	}
}
