package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// mostInConfigMap is what Kubernetes stores in one ConfigMap, less room for the annotation of kubectl apply.
const mostInConfigMap = 250_000

// TestProvisioningHasEveryDashboard: no dashboard is left out of the ConfigMaps, and each fits into one.
func TestProvisioningHasEveryDashboard(t *testing.T) {
	text, err := os.ReadFile("kustomization.yaml")
	if err != nil {
		t.Fatal(err)
	}
	names, err := filepath.Glob("dashboards/*.json")
	if err != nil || len(names) != 3 {
		t.Fatalf("there are %v, %v", names, err)
	}
	for _, name := range names {
		if !strings.Contains(string(text), "files: ["+name+"]") {
			t.Errorf("kustomization.yaml has no ConfigMap with %s", name)
		}
		if info, err := os.Stat(name); err != nil || info.Size() > mostInConfigMap {
			t.Errorf("%s does not fit into a ConfigMap that kubectl applies: %v", name, err)
		}
	}
	provider, err := os.ReadFile("provisioning/dashboards.yaml")
	if err != nil || !strings.Contains(string(provider), "\n    type: file\n") {
		t.Errorf("provisioning/dashboards.yaml provides no files: %v", err)
	}
}
