package main

import (
	"fmt"
	"runtime"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/version"
)

type versionCommand struct{}

// Run prints the version. Version and commit are stamped by the build with
// -ldflags "-X github.com/prometheus/common/version.Version=… -X github.com/prometheus/common/version.Revision=…".
func (versionCommand) Run(g *globals) error {
	_, err := fmt.Fprintf(g.stdout, "walletwatch %s (commit %s, %s)\n", buildVersion(), version.GetRevision(), runtime.Version())
	return err
}

func buildVersion() string {
	if version.Version == "" {
		return "dev"
	}
	return version.Version
}

func buildInfo() prometheus.Collector {
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "walletwatch_build_info",
		Help: "Which build of walletwatch this is; always 1.",
		ConstLabels: prometheus.Labels{
			"version": buildVersion(), "revision": version.GetRevision(), "goversion": runtime.Version(),
		},
	}, func() float64 { return 1 })
}
