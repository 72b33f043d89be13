package kubernetes_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"maps"
	"slices"
	"sort"
	"strings"
	"testing"

	"helm.sh/helm/v4/pkg/chart/common"
	"helm.sh/helm/v4/pkg/chart/common/util"
	"helm.sh/helm/v4/pkg/chart/v2/loader"
	"helm.sh/helm/v4/pkg/engine"
	apps "k8s.io/api/apps/v1"
	batch "k8s.io/api/batch/v1"
	core "k8s.io/api/core/v1"
)

const (
	chart   = "../helm/walletwatch"
	baseURL = "https://api.octopuscards.io"
)

// template is "helm template walletwatch chart" with these values.
func template(t *testing.T, values map[string]any) ([]byte, error) {
	t.Helper()
	slog.SetDefault(slog.New(slog.DiscardHandler)) // each symbolic link of the chart is announced
	c, err := loader.Load(chart)
	if err != nil {
		t.Fatal(err)
	}
	release := common.ReleaseOptions{Name: "a-release", Namespace: "somewhere", IsInstall: true, Revision: 1}
	rendering, err := util.ToRenderValues(c, values, release, common.DefaultCapabilities)
	if err != nil {
		return nil, err
	}
	files, err := engine.Render(c, rendering)
	if err != nil {
		return nil, err
	}
	var all bytes.Buffer
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if strings.HasSuffix(name, ".yaml") {
			all.WriteString("---\n" + files[name] + "\n")
		}
	}
	return all.Bytes(), nil
}

func values(switches ...string) map[string]any {
	v := map[string]any{"octopus": map[string]any{"baseURL": baseURL}}
	for _, s := range switches {
		v[s] = map[string]any{"enabled": true}
	}
	return v
}

// The chart and the kustomization are two ways to the same objects: they are compared in full, one by one.
func TestChartIsTheKustomization(t *testing.T) {
	for name, c := range map[string]struct {
		values     map[string]any
		components []string
	}{
		"default":         {values(), nil},
		"slack's webhook": {map[string]any{"octopus": map[string]any{"baseURL": baseURL}, "slack": map[string]any{"webhook": true}}, []string{"slack-webhook"}},
		"ha":              {values("ha"), []string{"ha"}},
		"all on one replica": {values("webhooks", "orders", "networkPolicy", "monitoring", "dashboards", "preflight"),
			[]string{"webhooks", "orders", "network-policy", "monitoring", "dashboards", "preflight"}},
		"all": {values("ha", "webhooks", "orders", "networkPolicy", "monitoring", "dashboards", "preflight"),
			[]string{"ha", "webhooks", "orders", "network-policy", "network-policy-database", "monitoring", "dashboards", "preflight"}},
	} {
		t.Run(name, func(t *testing.T) {
			text, err := template(t, c.values)
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range problems(text) {
				t.Error("the chart:", p)
			}
			compare(t, bare(t, parse(t, compose(t, "overlays/production", missing(c.components)...)), name), bare(t, parse(t, text), name))
		})
	}
}

// missing are the components that the overlay does not have already.
func missing(components []string) []string {
	return slices.DeleteFunc(slices.Clone(components), func(c string) bool { return c == "network-policy" })
}

// bare leaves out of a rendering what may differ between chart and kustomization, and nothing else.
func bare(t *testing.T, m manifests, name string) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, o := range m {
		id := kindAndName(o)
		if id == "NetworkPolicy/walletwatch" && !strings.HasPrefix(name, "all") {
			continue // the overlay has it always, the chart where it is asked for
		}
		o.SetNamespace("") // Helm's is the release's
		labels := maps.Clone(o.GetLabels())
		for _, helms := range []string{"helm.sh/chart", "app.kubernetes.io/managed-by", "app.kubernetes.io/instance", "app.kubernetes.io/version"} {
			delete(labels, helms)
		}
		o.SetLabels(labels)
		annotations := maps.Clone(o.GetAnnotations())
		maps.DeleteFunc(annotations, func(key, _ string) bool { // when a Job is run is each tool's own
			return strings.HasPrefix(key, "helm.sh/") || strings.HasPrefix(key, "argocd.argoproj.io/")
		})
		if len(annotations) == 0 {
			annotations = nil
		}
		o.SetAnnotations(annotations)
		sortPods(o)
		text, err := json.MarshalIndent(o, "", " ")
		if err != nil {
			t.Fatal(err)
		}
		if _, twice := all[id]; twice {
			t.Errorf("%s is there twice", id)
		}
		all[id] = string(text)
	}
	return all
}

// sortPods puts lists in order whose order means nothing.
func sortPods(o object) {
	var spec *core.PodSpec
	switch o := o.(type) {
	case *apps.Deployment:
		spec = &o.Spec.Template.Spec
	case *batch.Job:
		spec = &o.Spec.Template.Spec
	case *core.Service:
		sort.Slice(o.Spec.Ports, func(i, j int) bool { return o.Spec.Ports[i].Name < o.Spec.Ports[j].Name })
		return
	default:
		return
	}
	sort.Slice(spec.Volumes, func(i, j int) bool { return spec.Volumes[i].Name < spec.Volumes[j].Name })
	c := &spec.Containers[0]
	sort.Slice(c.Env, func(i, j int) bool { return c.Env[i].Name < c.Env[j].Name })
	sort.Slice(c.VolumeMounts, func(i, j int) bool { return c.VolumeMounts[i].Name < c.VolumeMounts[j].Name })
	sort.Slice(c.Ports, func(i, j int) bool { return c.Ports[i].Name < c.Ports[j].Name })
}
