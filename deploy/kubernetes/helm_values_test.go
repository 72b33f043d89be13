package kubernetes_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	apps "k8s.io/api/apps/v1"
	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
)

func typeName(o object) string { return fmt.Sprintf("%T", o) }

func compare(t *testing.T, want, got map[string]string) {
	t.Helper()
	for _, id := range slices.Sorted(maps.Keys(want)) {
		switch {
		case got[id] == "":
			t.Errorf("the chart lacks %s", id)
		case got[id] != want[id]:
			t.Errorf("%s: %s", id, difference(want[id], got[id]))
		}
	}
	for id := range got {
		if want[id] == "" {
			t.Errorf("only the chart has %s", id)
		}
	}
}

// difference shows the first line in which two texts differ, with those before it.
func difference(want, got string) string {
	a, b := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return fmt.Sprintf("after\n%s\nthe kustomization has\n%.200s\nand the chart\n%.200s", strings.Join(a[max(0, i-5):i], "\n"), a[i], b[i])
		}
	}
	return "one ends before the other"
}

// Without its values a chart says in a sentence what is missing, and a misspelt value is no silent no-op.
func TestChartRefusesBadValues(t *testing.T) {
	for name, v := range map[string]map[string]any{
		"no host":         {},
		"plain http":      {"octopus": map[string]any{"baseURL": "http://api.octopuscards.io"}},
		"misspelt switch": func() map[string]any { v := values(); v["webhook"] = map[string]any{"enabled": true}; return v }(),
		"one replica": func() map[string]any {
			v := values()
			v["ha"] = map[string]any{"enabled": true, "replicas": 1}
			return v
		}(),
		"switch as text": func() map[string]any { v := values(); v["orders"] = map[string]any{"enabled": "yes"}; return v }(),
	} {
		if _, err := template(t, v); err == nil {
			t.Errorf("%s: the chart is rendered", name)
		}
	}
}

func TestChartTakesValues(t *testing.T) {
	v := values("webhooks")
	v["webhooks"] = map[string]any{"enabled": true, "host": "hooks.shop.example", "ingressClassName": "haproxy"}
	v["image"] = map[string]any{"repository": "registry.example/ww", "tag": "v9"}
	v["externalURL"] = "https://ww.example"
	v["thresholds"] = "levels: []\n"
	v["storage"] = map[string]any{"size": "2Gi", "className": "fast"}
	v["podSpec"] = map[string]any{"nodeSelector": map[string]any{"pool": "ops"}}
	text, err := template(t, v)
	if err != nil {
		t.Fatal(err)
	}
	m := parse(t, text)
	in := must[*networking.Ingress](t, m, "walletwatch-webhooks")
	claim := must[*core.PersistentVolumeClaim](t, m, "walletwatch-data")
	spec := must[*apps.Deployment](t, m, "walletwatch").Spec.Template.Spec
	for what, pair := range map[string][2]string{
		"host":       {in.Spec.Rules[0].Host, "hooks.shop.example"},
		"tls host":   {in.Spec.TLS[0].Hosts[0], "hooks.shop.example"},
		"class":      {*in.Spec.IngressClassName, "haproxy"},
		"image":      {spec.Containers[0].Image, "registry.example/ww:v9"},
		"args":       {strings.Join(spec.Containers[0].Args, " "), "run --log-format=json --external-url=https://ww.example --webhook-listen=:8081"},
		"thresholds": {strings.TrimSpace(thresholds(m, "walletwatch-thresholds")), "levels: []"},
		"size":       {claim.Spec.Resources.Requests.Storage().String(), "2Gi"},
		"storage":    {*claim.Spec.StorageClassName, "fast"},
		"pool":       {spec.NodeSelector["pool"], "ops"},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s is %q, not %q", what, pair[0], pair[1])
		}
	}
}
