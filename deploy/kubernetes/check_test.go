package kubernetes_test

import (
	"fmt"
	"slices"
	"testing"

	core "k8s.io/api/core/v1"
)

// check returns what is wrong with a rendering, a sentence each.
type check func(manifests) []string

func checks() []check {
	return []check{
		podSecurity, oneNamespace, noSecrets, identities,
		containers, probes, memory, environments, imageDefaults, volumes, writers,
		selectors, servicePorts, backends, monitors, networkPolicies, jobsReach, preflightLikeDaemon, applicable,
	}
}

// problems are what all checks find in a rendering, or why it cannot be decoded.
func problems(text []byte) []string {
	m, err := decode(text)
	if err != nil {
		return []string{err.Error()}
	}
	var all []string
	for _, c := range checks() {
		all = append(all, c(m)...)
	}
	return all
}

func TestEveryRenderingIsSound(t *testing.T) {
	for name, text := range renderings(t) {
		found := problems(text)
		if name == "examples/plain-secrets" { // the one place that shows Secrets
			found = slices.DeleteFunc(found, func(p string) bool { return p == secretsInGit })
		}
		for _, p := range found {
			t.Errorf("%s: %s", name, p)
		}
	}
}

func TestRestorePodIsAdmitted(t *testing.T) {
	m := parse(t, read(t, "examples/restore-pod.yaml"))
	for _, p := range podSecurity(m) {
		t.Error(p)
	}
	claim := must[*core.PersistentVolumeClaim](t, parse(t, render(t, "base")), "walletwatch-data")
	if v := must[*core.Pod](t, m, "walletwatch-restore").Spec.Volumes; len(v) != 1 || v[0].PersistentVolumeClaim.ClaimName != claim.Name {
		t.Errorf("it holds %v", v)
	}
}

func TestNamespacesEnforceRestricted(t *testing.T) {
	m := parse(t, read(t, "examples/namespaces.yaml"))
	if len(m) == 0 {
		t.Fatal("there are no namespaces")
	}
	for _, n := range m {
		if got := n.GetLabels()["pod-security.kubernetes.io/enforce"]; got != "restricted" {
			t.Errorf("%s enforces %q", n.GetName(), got)
		}
	}
	for _, overlay := range []string{"sandbox", "production"} {
		namespace := parse(t, render(t, "overlays/"+overlay))[0].GetNamespace()
		if !slices.ContainsFunc(m, func(n object) bool { return n.GetName() == namespace }) {
			t.Errorf("examples/namespaces.yaml lacks %s, which overlays/%s uses", namespace, overlay)
		}
	}
}

func sentence(format string, args ...any) []string { return []string{fmt.Sprintf(format, args...)} }
