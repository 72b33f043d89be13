package kubernetes_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
)

// render is "kubectl kustomize dir", with its rule that files are taken from below a kustomization alone.
func render(t *testing.T, dir string) []byte {
	t.Helper()
	resources, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), dir)
	if err != nil {
		t.Fatalf("rendering %s: %v", dir, err)
	}
	text, err := resources.AsYaml()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// compose renders a folder with components of components/ around it, in that order, in a namespace.
func compose(t *testing.T, resource string, components ...string) []byte {
	t.Helper()
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	up, err := filepath.Rel(dir, here)
	if err != nil {
		t.Fatal(err)
	}
	text := "namespace: walletwatch-production\nresources: [" + filepath.Join(up, resource) + "]\ncomponents:\n"
	for _, c := range components {
		text += "  - " + filepath.Join(up, "components", c) + "\n"
	}
	if err := os.WriteFile(filepath.Join(dir, "kustomization.yaml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return render(t, dir)
}

// withCanary is production on PostgreSQL with the canary beside it.
func withCanary(t *testing.T) []byte {
	t.Helper()
	production := compose(t, "overlays/production", "ha", "network-policy-database", "monitoring")
	return slices.Concat(production, []byte("---\n"), render(t, "examples/canary"))
}

func parse(t *testing.T, text []byte) manifests {
	t.Helper()
	m, err := decode(text)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// kustomizations are the folders that can be applied, and apart from them the components.
func kustomizations(t *testing.T) (roots, components []string) {
	t.Helper()
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.Name() != "kustomization.yaml" {
			return err
		}
		text, err := os.ReadFile(path)
		if dir := filepath.Dir(path); strings.Contains(string(text), "\nkind: Component\n") {
			if filepath.Dir(dir) == "components" { // others are parts of one, or of an example
				components = append(components, filepath.Base(dir))
			}
		} else {
			roots = append(roots, filepath.Dir(path))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return roots, components
}

// renderings are all that an operator can apply: every folder, and the base with every component and with all of them.
func renderings(t *testing.T) map[string][]byte {
	t.Helper()
	roots, components := kustomizations(t)
	all := map[string][]byte{}
	for _, r := range roots {
		all[r] = render(t, r)
		if r == "examples/canary" { // it stands beside production
			all[r] = withCanary(t)
		}
	}
	for _, c := range components {
		all["base with "+c] = compose(t, "base", c)
	}
	last := slices.Index(components, "preflight")
	others := slices.Delete(slices.Clone(components), last, last+1)
	all["base with all"] = compose(t, "base", append(others, "preflight")...)
	slices.Reverse(others)
	all["base with all, backwards"] = compose(t, "base", append(others, "preflight")...)
	return all
}
