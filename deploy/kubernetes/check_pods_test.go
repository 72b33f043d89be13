package kubernetes_test

import (
	"fmt"
	"path"
	"slices"
	"strings"

	apps "k8s.io/api/apps/v1"
	core "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"
)

const secretsInGit = "a Secret with its values stands among the manifests"

// podSecurity is what an admission controller enforces in a namespace labelled restricted.
func podSecurity(m manifests) (found []string) {
	evaluator, err := policy.NewEvaluator(policy.DefaultChecks(), nil)
	if err != nil {
		return sentence("%v", err)
	}
	level := api.LevelVersion{Level: api.LevelRestricted, Version: api.LatestVersion()}
	for _, p := range pods(m) {
		if result := policy.AggregateCheckResults(evaluator.EvaluatePod(level, &p.meta, &p.spec)); !result.Allowed {
			found = append(found, p.owner+": "+result.ForbiddenDetail())
		}
		s := p.spec.SecurityContext
		if s == nil || s.RunAsUser == nil || *s.RunAsUser != 65532 || s.FSGroup == nil || *s.FSGroup != 65532 {
			found = append(found, p.owner+" does not run as 65532, whom the image's files are for")
		}
		if p.spec.AutomountServiceAccountToken == nil || *p.spec.AutomountServiceAccountToken {
			found = append(found, p.owner+" mounts a token for the Kubernetes API")
		}
		for _, c := range p.spec.Containers {
			if c.SecurityContext == nil || c.SecurityContext.ReadOnlyRootFilesystem == nil || !*c.SecurityContext.ReadOnlyRootFilesystem {
				found = append(found, p.owner+" can write to its root filesystem")
			}
		}
	}
	return found
}

func oneNamespace(m manifests) []string {
	for _, o := range m {
		if o.GetNamespace() != m[0].GetNamespace() {
			return sentence("%s is in the namespace %q, others are in %q", o.GetName(), o.GetNamespace(), m[0].GetNamespace())
		}
	}
	return nil
}

// identities: what is applied together brings its ServiceAccounts. A Job alone uses what is there already.
func identities(m manifests) (found []string) {
	for _, p := range pods(m) {
		_, ok := named[*core.ServiceAccount](m, p.spec.ServiceAccountName)
		if !ok && (p.spec.ServiceAccountName == "" || len(of[*apps.Deployment](m)) > 0) {
			found = append(found, fmt.Sprintf("%s: there is no ServiceAccount %q", p.owner, p.spec.ServiceAccountName))
		}
	}
	return found
}

func noSecrets(m manifests) []string {
	if len(of[*core.Secret](m)) > 0 {
		return sentence(secretsInGit)
	}
	return nil
}

func containers(m manifests) (found []string) {
	for _, p := range pods(m) {
		if p.spec.EnableServiceLinks == nil || *p.spec.EnableServiceLinks {
			found = append(found, p.owner+" gets the variables of Services, which begin with WALLETWATCH_ too")
		}
		for _, c := range p.spec.Containers {
			if len(c.Command) > 0 {
				found = append(found, p.owner+" has a command, but where the program is the image knows")
			}
			if strings.HasSuffix(c.Image, ":latest") {
				found = append(found, p.owner+" runs whatever is latest")
			}
			if c.WorkingDir != "/etc/walletwatch" {
				found = append(found, p.owner+" does not find thresholds.yaml in its working directory")
			}
		}
	}
	return found
}

func probes(m manifests) (found []string) {
	for _, d := range of[*apps.Deployment](m) {
		if g := d.Spec.Template.Spec.TerminationGracePeriodSeconds; g == nil || *g < 30 {
			found = append(found, "the grace period is shorter than 30 s")
		}
		for _, c := range d.Spec.Template.Spec.Containers {
			for name, want := range map[string]struct {
				probe *core.Probe
				path  string
			}{
				"startup": {c.StartupProbe, "/-/healthy"}, "liveness": {c.LivenessProbe, "/-/healthy"}, "readiness": {c.ReadinessProbe, "/-/ready"},
			} {
				if want.probe == nil || want.probe.HTTPGet == nil || want.probe.HTTPGet.Path != want.path || !hasPort(c, want.probe.HTTPGet.Port.StrVal) {
					found = append(found, fmt.Sprintf("the %s probe does not ask %s on a port of the container", name, want.path))
				}
			}
		}
	}
	return found
}

func hasPort(c core.Container, name string) bool {
	return slices.ContainsFunc(c.Ports, func(p core.ContainerPort) bool { return p.Name == name })
}

func memory(m manifests) (found []string) {
	for _, p := range pods(m) {
		for _, c := range p.spec.Containers {
			limit, request := c.Resources.Limits.Memory(), c.Resources.Requests.Memory()
			if limit.IsZero() || limit.Cmp(*request) != 0 {
				found = append(found, fmt.Sprintf("%s: the memory limit %s is not the request %s", p.owner, limit, request))
			}
			if !c.Resources.Limits.Cpu().IsZero() {
				found = append(found, p.owner+" has a CPU limit")
			}
			i := slices.IndexFunc(c.Env, func(e core.EnvVar) bool { return e.Name == "GOMEMLIMIT" })
			if i < 0 {
				found = append(found, p.owner+" has no GOMEMLIMIT")
				continue
			}
			soft, err := resource.ParseQuantity(strings.TrimSuffix(c.Env[i].Value, "B")) // Go says MiB, Kubernetes Mi
			if share := soft.AsApproximateFloat64() / limit.AsApproximateFloat64(); err != nil || share < 0.8 || share > 0.95 {
				found = append(found, fmt.Sprintf("%s: GOMEMLIMIT %s is not 80 to 95 %% of the limit %s", p.owner, c.Env[i].Value, limit))
			}
		}
	}
	return found
}

// environments: each variable once, and files where a volume brings them.
func environments(m manifests) (found []string) {
	for _, p := range pods(m) {
		for _, c := range p.spec.Containers {
			seen := map[string]bool{}
			for _, e := range c.Env {
				plain := strings.TrimSuffix(e.Name, "_FILE")
				if e.Value != "" || e.ValueFrom != nil {
					if seen[plain] {
						found = append(found, p.owner+" is given "+plain+" twice")
					}
					seen[plain] = true
				}
				if plain != e.Name && secretVolume(p.spec, c, path.Dir(e.Value)) == nil {
					found = append(found, fmt.Sprintf("%s: %s names %s, where no secret is mounted", p.owner, e.Name, e.Value))
				}
			}
		}
	}
	return found
}

// imageDefaults: the image has a database, which a file with another must push aside.
func imageDefaults(m manifests) (found []string) {
	for _, p := range pods(m) {
		for _, c := range p.spec.Containers {
			has := func(name string) bool {
				return slices.ContainsFunc(c.Env, func(e core.EnvVar) bool { return e.Name == name })
			}
			if has("WALLETWATCH_DATABASE_FILE") && !has("WALLETWATCH_DATABASE") {
				found = append(found, p.owner+" is given WALLETWATCH_DATABASE by the image and as a file")
			}
		}
	}
	return found
}

// secretVolume returns the volume with secrets that is mounted there, or nil.
func secretVolume(spec core.PodSpec, c core.Container, dir string) *core.Volume {
	for _, mount := range c.VolumeMounts {
		if mount.MountPath != dir {
			continue
		}
		for _, v := range spec.Volumes {
			if v.Name == mount.Name && (v.Secret != nil || v.CSI != nil) {
				return &v
			}
		}
	}
	return nil
}
