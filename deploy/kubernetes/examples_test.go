package kubernetes_test

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	apps "k8s.io/api/apps/v1"
	batch "k8s.io/api/batch/v1"
)

// The canary is production's Deployment with another image, and applying it changes nothing else.
func TestCanaryDiffersInItsImageAlone(t *testing.T) {
	for name, dir := range map[string]string{
		"the overlay is as it comes": ".",
		"the overlay has ha":         checkout(t, "#  - ../../components/ha ", "  - ../../components/ha ", "#  - ../../components/orders ", "  - ../../components/orders "),
	} {
		all := parse(t, render(t, filepath.Join(dir, "examples/canary")))
		if len(all) != 1 {
			t.Fatalf("%s: it applies %d objects", name, len(all))
		}
		canary := must[*apps.Deployment](t, all, "walletwatch-canary")
		want := must[*apps.Deployment](t, parse(t, render(t, filepath.Join(dir, "overlays/production"))), "walletwatch")
		if dir == "." {
			want = must[*apps.Deployment](t, parse(t, compose(t, "overlays/production", "ha")), "walletwatch")
		}
		if canary.Spec.Template.Spec.Containers[0].Image == want.Spec.Template.Spec.Containers[0].Image || *canary.Spec.Replicas != 1 {
			t.Errorf("%s: %d replicas of %s", name, *canary.Spec.Replicas, canary.Spec.Template.Spec.Containers[0].Image)
		}
		sortPods(canary)
		sortPods(want)
		canary.Spec.Template.Spec.Containers[0].Image = want.Spec.Template.Spec.Containers[0].Image
		if !reflect.DeepEqual(canary.Spec.Template.Spec, want.Spec.Template.Spec) || !reflect.DeepEqual(canary.Spec.Strategy, want.Spec.Strategy) {
			t.Errorf("%s: its pods are not those of production", name)
		}
	}
}

// The move to PostgreSQL is made by the version that runs, whichever the overlay says.
func TestMigrateHasTheOverlaysImage(t *testing.T) {
	dir := checkout(t, "newName: ghcr.io/example/walletwatch", "newName: registry.example:5000/ww", "newTag: v0.1.0", "newTag: v7.8.9")
	m := parse(t, render(t, filepath.Join(dir, "examples/migrate")))
	job := must[*batch.Job](t, m, "walletwatch-migrate")
	if got := job.Spec.Template.Spec.Containers[0].Image; got != "registry.example:5000/ww:v7.8.9" || len(m) != 2 {
		t.Errorf("%d objects, the image is %s", len(m), got)
	}
}

// checkout copies the manifests with changes of overlays/common, and returns the folder.
func checkout(t *testing.T, oldnew ...string) string {
	t.Helper()
	dir := t.TempDir()
	for _, folder := range []string{"base", "components", "overlays", "examples"} {
		if err := os.CopyFS(filepath.Join(dir, folder), os.DirFS(folder)); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(dir, "overlays/common/kustomization.yaml")
	text := string(read(t, path))
	for i := 0; i < len(oldnew); i += 2 {
		if !strings.Contains(text, oldnew[i]) {
			t.Fatalf("overlays/common has no %q", oldnew[i])
		}
		text = strings.ReplaceAll(text, oldnew[i], oldnew[i+1])
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}
