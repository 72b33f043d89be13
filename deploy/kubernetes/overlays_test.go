package kubernetes_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	apps "k8s.io/api/apps/v1"
)

// Sandbox and production differ in the API's host, and in the namespace that holds the credentials of each. In nothing else.
func TestOverlaysDifferInHostAndCredentials(t *testing.T) {
	for _, folder := range []string{"overlays/", "preflight/"} {
		sandbox, production := render(t, folder+"sandbox"), render(t, folder+"production")
		if host(t, sandbox) == host(t, production) || host(t, sandbox) == "" {
			t.Errorf("%s: the hosts are %q and %q", folder, host(t, sandbox), host(t, production))
		}
		if bytes.Equal(sandbox, production) {
			t.Errorf("%s: both are the same", folder)
		}
		if got := otherwise(t, sandbox, production); len(got) > 0 {
			t.Errorf("%s: beyond host and namespace these differ: %v", folder, got)
		}
	}
}

func TestOverlayDifferencesAreFound(t *testing.T) {
	sandbox, production := string(render(t, "overlays/sandbox")), string(render(t, "overlays/production"))
	for _, m := range []mutation{
		{"a secret of another name", "secretName: walletwatch-octopus", "secretName: walletwatch-octopus-sandbox", "Deployment/walletwatch"},
		{"another threshold", "percent_of_daily_spend: 20\n", "percent_of_daily_spend: 25\n", "ConfigMap/walletwatch-thresholds"},
		{"another image", "walletwatch:v", "walletwatch:w", "Deployment/walletwatch"},
		{"more memory", "memory: 128Mi", "memory: 129Mi", "Deployment/walletwatch"},
		{"another port", "port: 443", "port: 444", "NetworkPolicy/walletwatch"},
		{"a label more", "  labels:\n", "  labels:\n    tier: low\n", "ServiceAccount/walletwatch"},
		{"a variable more", "        env:\n", "        env:\n        - name: TZ\n          value: UTC\n", "Deployment/walletwatch"},
		{"a service less", "  name: walletwatch-status\n", "  name: walletwatch-page\n", "Service/walletwatch-status"},
	} {
		if got := otherwise(t, []byte(m.apply(t, sandbox)), []byte(production)); !slices.Contains(got, m.want) {
			t.Errorf("%s: found are %v", m.name, got)
		}
	}
}

// otherwise names the objects that differ between two renderings once host and namespace are the same.
func otherwise(t *testing.T, a, b []byte) (names []string) {
	t.Helper()
	x, y := alike(t, a), alike(t, b)
	both := maps.Clone(x)
	maps.Copy(both, y)
	for _, id := range slices.Sorted(maps.Keys(both)) {
		if x[id] != y[id] {
			names = append(names, id)
		}
	}
	return names
}

// alike are the objects as JSON, without the two things in which the overlays may differ.
func alike(t *testing.T, text []byte) map[string]string {
	t.Helper()
	host := host(t, text)
	all := map[string]string{}
	for _, o := range parse(t, text) {
		o.SetNamespace("")
		document, err := json.Marshal(o)
		if err != nil {
			t.Fatal(err)
		}
		all[kindAndName(o)] = strings.ReplaceAll(string(document), `{"name":"OCTOPUS_BASE_URL","value":"`+host+`"}`, "the host")
	}
	return all
}

// host is the API that the daemon is told to watch.
func host(t *testing.T, text []byte) string {
	t.Helper()
	for _, e := range must[*apps.Deployment](t, parse(t, text), "walletwatch").Spec.Template.Spec.Containers[0].Env {
		if e.Name == "OCTOPUS_BASE_URL" {
			return e.Value
		}
	}
	return ""
}

func kindAndName(o object) string {
	kind := typeName(o)
	return kind[strings.LastIndex(kind, ".")+1:] + "/" + o.GetName()
}
