package kubernetes_test

import (
	"os"
	"os/exec"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	batch "k8s.io/api/batch/v1"
	core "k8s.io/api/core/v1"
)

// Every flag and command that the manifests and the README give is one of the program's, and every variable is known to it.
func TestNamesAreTheProgramsOwn(t *testing.T) {
	walletwatch := build(t, ".", "walletwatch")
	help := func(command ...string) string {
		text, err := exec.Command(walletwatch, append(command, "--help")...).CombinedOutput()
		if err != nil {
			t.Errorf("walletwatch has no command %v", command)
		}
		return string(text)
	}
	documented := string(read(t, "../../README.md")) + help("run")
	for name, text := range renderings(t) {
		m := parse(t, text)
		for _, p := range pods(m) {
			c := p.spec.Containers[0]
			known := help(c.Args[0])
			for _, a := range c.Args[1:] {
				if flag, _, _ := strings.Cut(a, "="); !strings.Contains(known, flag+"=") {
					t.Errorf("%s, %s: walletwatch %s has no flag %s", name, p.owner, c.Args[0], flag)
				}
			}
			for _, e := range c.Env {
				plain := strings.TrimSuffix(e.Name, "_FILE")
				if plain != "GOMEMLIMIT" && !strings.Contains(documented, plain) {
					t.Errorf("%s, %s: nobody reads the variable %s", name, p.owner, e.Name)
				}
			}
		}
	}
	commands := regexp.MustCompile("(?m)(?:-- |`|^)walletwatch ([a-z][a-z-]+)").FindAllStringSubmatch(string(read(t, "README.md")), -1)
	if len(commands) < 4 {
		t.Errorf("the README has %d commands", len(commands))
	}
	for _, c := range commands {
		help(c[1])
	}
	if !strings.Contains(documented, "`--listen` (`:8080`") {
		t.Error("the port of the container is not the one that --listen has when it is not given")
	}
}

// Every key of every Secret that is mounted or read stands in the README, and the template has just those.
func TestSecretKeysAreDocumented(t *testing.T) {
	readme := string(read(t, "README.md"))
	used := map[string]bool{}
	for name, text := range renderings(t) {
		for _, p := range pods(parse(t, text)) {
			for _, key := range secretKeys(p) {
				used[key] = true
				secret, field, _ := strings.Cut(key, "/")
				if !regexp.MustCompile("(?m)^\\| `" + secret + "` \\|.*`" + field + "`").MatchString(readme) {
					t.Errorf("%s: the README's table of Secrets lacks %s", name, key)
				}
			}
		}
	}
	for _, s := range of[*core.Secret](parse(t, read(t, "examples/plain-secrets/secrets.yaml"))) {
		for field, value := range s.StringData {
			if !used[s.Name+"/"+field] {
				t.Errorf("the template has %s/%s, which nobody uses", s.Name, field)
			}
			delete(used, s.Name+"/"+field)
			if !strings.Contains(value, "REPLACE-ME") {
				t.Errorf("the template's value of %s/%s does not look like a placeholder", s.Name, field)
			}
		}
	}
	for key := range used {
		t.Errorf("the template lacks %s", key)
	}
}

// secretKeys are the Secrets that a pod reads, each with its key: walletwatch-octopus/OCTOPUS_API_KEY.
func secretKeys(p pod) (keys []string) {
	c := p.spec.Containers[0]
	for _, e := range c.Env {
		if e.ValueFrom != nil && e.ValueFrom.SecretKeyRef != nil {
			keys = append(keys, e.ValueFrom.SecretKeyRef.Name+"/"+e.ValueFrom.SecretKeyRef.Key)
		}
		if v := secretVolume(p.spec, c, path.Dir(e.Value)); v != nil {
			secret := ""
			if v.Secret != nil {
				secret = v.Secret.SecretName
			} else {
				secret = v.CSI.VolumeAttributes["secretProviderClass"]
			}
			keys = append(keys, secret+"/"+path.Base(e.Value))
		}
	}
	return keys
}

// What a secret manager brings has the names that the pod reads.
func TestExamplesBringWhatThePodReads(t *testing.T) {
	all := []string{"ha", "webhooks", "orders"}
	m := parse(t, compose(t, "examples/external-secrets", all...))
	var brought []string
	for _, e := range of[*externalSecret](m) {
		for _, d := range e.Spec.Data {
			brought = append(brought, e.Spec.Target.Name+"/"+d.SecretKey)
		}
	}
	const example = "examples/csi-secrets-store"
	csi := parse(t, compose(t, example, append(all, "../"+example+"/database", "../"+example+"/webhooks", "../"+example+"/orders")...))
	var mounted []string
	for _, s := range of[*secretProviderClass](csi) {
		for _, o := range regexp.MustCompile(`objectName: (\S+)`).FindAllStringSubmatch(s.Spec.Parameters["objects"], -1) {
			mounted = append(mounted, s.Name+"/"+o[1])
		}
	}
	for name, v := range secretVolumes(pods(csi)[0].spec) {
		if v.CSI == nil {
			t.Errorf("%s: %s is a Secret still", example, name)
		}
	}
	for what, pair := range map[string][2][]string{
		"external-secrets": {brought, secretKeys(pods(m)[0])}, "csi-secrets-store": {mounted, secretKeys(pods(csi)[0])},
	} {
		want := pair[1]
		slices.Sort(want)
		if slices.Sort(pair[0]); !slices.Equal(pair[0], want) || len(want) == 0 {
			t.Errorf("%s brings %v, the pod reads %v", what, pair[0], want)
		}
	}
}

// The README names every folder that can be used, and none that is not there.
func TestREADMENamesTheFolders(t *testing.T) {
	readme := string(read(t, "README.md"))
	roots, components := kustomizations(t)
	for _, name := range append(roots, components...) {
		if !strings.Contains(readme, path.Base(name)) {
			t.Errorf("the README does not name %s", name)
		}
	}
	for _, f := range regexp.MustCompile(`\b(?:overlays|components|examples|preflight|base)/[a-z./-]+[a-z]`).FindAllString(readme, -1) {
		if _, err := os.Stat(f); err != nil {
			t.Errorf("the README names %s, which is not there", f)
		}
	}
}

func TestPreflightIsAHook(t *testing.T) {
	job := must[*batch.Job](t, parse(t, render(t, "preflight/production")), "walletwatch-preflight")
	if job.Annotations["argocd.argoproj.io/hook"] != "PreSync" || job.Namespace != "walletwatch-production" {
		t.Errorf("%v in %s", job.Annotations, job.Namespace)
	}
	text, err := template(t, values("preflight"))
	if err != nil {
		t.Fatal(err)
	}
	if job := must[*batch.Job](t, parse(t, text), "walletwatch-preflight"); job.Annotations["helm.sh/hook"] != "pre-install,pre-upgrade" {
		t.Errorf("the chart's is %v", job.Annotations)
	}
}
