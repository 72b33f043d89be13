package boards

import (
	"github.com/grafana/grafana-foundation-sdk/go/common"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
)

// What follows is each replica's own, and shown for each.

func versions() panel {
	fields := []field{
		{name: "version", header: "Version"},
		{name: "revision", header: "Commit"},
		{name: "goversion", header: "Go"},
		{name: "Value", header: "Replicas", more: []dashboard.DynamicConfigValue{property("custom.align", "left")}},
	}
	return rows(about{"Versions",
		"What the replicas run. More than one row outside a rollout: it is stuck; see the deployment's events.",
		"short", 5, 7}, "version", fields, nil,
		column("A", "count by (version, revision, goversion) (walletwatch_build_info{"+installation+"})"))
}

func policies() panel {
	return figure(about{"Policy of each replica",
		"Whether the replica's thresholds.yaml and version are in force. stands by: another file or version is, so this replica listens and shows, but neither polls nor decides nor delivers until those that hold it have ended. Outside a rollout or canary: give all replicas the same file.",
		"short", 4, 7}, now(own("instance", "policy_in_force", installation), "{{instance}}")).
		TextMode(common.BigValueTextModeValueAndName).Mappings(words(word{"1", "in force", "green"}, word{"0", "stands by", "orange"}))
}

func memory() panel {
	return lines(about{"Memory of each replica",
		"Resident memory. It should be level; near the container's limit the replica is killed and starts again, losing nothing.",
		"bytes", 5, 7}, series("max by (instance) (process_resident_memory_bytes{"+installation+"})", "{{instance}}")).Min(0)
}

func processor() panel {
	return lines(about{"Processor of each replica",
		"Processor time a second, in cores. Usually a few thousandths; a lasting rise follows a flood of orders or webhooks.",
		"short", 5, 7}, series("max by (instance) (rate(process_cpu_seconds_total{"+installation+"}[$__rate_interval]))", "{{instance}}")).Min(0)
}

func connections() panel {
	return lines(about{"Open connections of each replica",
		"Open HTTP connections by address. At 2,000 for one address the longest idle make room for new ones.",
		"short", 5, 7}, series("max by (instance, listener) (walletwatch_http_connections{"+installation+"})", "{{instance}} at {{listener}}")).Min(0)
}
