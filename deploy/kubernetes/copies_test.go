package kubernetes_test

import (
	"bytes"
	"flag"
	"os"
	"testing"
)

// Kustomize takes files from below a kustomization alone, so what stands elsewhere in the repository is copied here.
func TestCopiesAreCurrent(t *testing.T) {
	for path, want := range copies(t) {
		if *update {
			if err := os.WriteFile(path, want, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		got, err := os.ReadFile(path)
		if err != nil {
			t.Error(err)
		} else if !bytes.Equal(got, want) {
			t.Errorf("%s is not what its origin makes it; run: go test -run TestCopiesAreCurrent -update", path)
		}
	}
}

var update = flag.Bool("update", false, "write the copies anew")

// copies are the files of this folder that others make: path → content.
func copies(t *testing.T) map[string][]byte {
	t.Helper()
	return map[string][]byte{
		"base/thresholds.yaml":                      read(t, "../../thresholds.yaml"),
		"components/monitoring/prometheusrule.yaml": prometheusRule(read(t, "../prometheus/rules/walletwatch.yaml")),
	}
}

// prometheusRule is a file of rules as the Prometheus Operator takes it.
func prometheusRule(rules []byte) []byte {
	var b bytes.Buffer
	b.WriteString(`# Made from deploy/prometheus/rules/walletwatch.yaml: change that, then run
# go test -run TestCopiesAreCurrent -update
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: walletwatch
  labels:
    app.kubernetes.io/name: walletwatch
spec:
`)
	for line := range bytes.Lines(rules) {
		if len(bytes.TrimSpace(line)) > 0 {
			b.WriteString("  ")
		}
		b.Write(line)
	}
	return b.Bytes()
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return text
}
