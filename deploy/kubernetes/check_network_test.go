package kubernetes_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	monitoring "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	apps "k8s.io/api/apps/v1"
	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	policy "k8s.io/api/policy/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
)

// selected are the owners of the pods with these labels.
func selected(m manifests, want map[string]string) (owners []string) {
	for _, p := range pods(m) {
		if labels.SelectorFromSet(want).Matches(labels.Set(p.labels)) {
			owners = append(owners, p.owner)
		}
	}
	return owners
}

// selectors: a Deployment means its own pods; services, budgets and the like those of every Deployment. None means a Job's.
func selectors(m manifests) (found []string) {
	var all []string
	for _, d := range of[*apps.Deployment](m) {
		all = append(all, "Deployment/"+d.Name)
	}
	expect := func(what string, by map[string]string, want []string) {
		if got := selected(m, by); !slices.Equal(got, want) {
			found = append(found, fmt.Sprintf("%s selects %v", what, got))
		}
	}
	for _, s := range of[*core.Service](m) {
		expect("Service "+s.Name, s.Spec.Selector, all)
	}
	for _, d := range of[*apps.Deployment](m) {
		expect("Deployment "+d.Name, d.Spec.Selector.MatchLabels, []string{"Deployment/" + d.Name})
		for _, c := range d.Spec.Template.Spec.TopologySpreadConstraints {
			expect("a spread constraint", c.LabelSelector.MatchLabels, all)
		}
		if a := d.Spec.Template.Spec.Affinity; a != nil {
			for _, term := range a.PodAntiAffinity.PreferredDuringSchedulingIgnoredDuringExecution {
				expect("the anti-affinity", term.PodAffinityTerm.LabelSelector.MatchLabels, all)
			}
		}
	}
	for _, b := range of[*policy.PodDisruptionBudget](m) {
		expect("the disruption budget", b.Spec.Selector.MatchLabels, all)
	}
	for _, p := range of[*monitoring.PodMonitor](m) {
		expect("PodMonitor "+p.Name, p.Spec.Selector.MatchLabels, all)
	}
	return found
}

func servicePorts(m manifests) (found []string) {
	for _, s := range of[*core.Service](m) {
		if s.Spec.PublishNotReadyAddresses != (s.Name == "walletwatch-status") {
			found = append(found, "Service "+s.Name+": only the status is to be seen of replicas that are not ready")
		}
		for _, p := range s.Spec.Ports {
			if !daemonHasPort(m, p.TargetPort.StrVal) {
				found = append(found, fmt.Sprintf("Service %s: no container has the port %s", s.Name, p.TargetPort.String()))
			}
		}
	}
	return found
}

func daemonHasPort(m manifests, name string) bool {
	d, ok := named[*apps.Deployment](m, "walletwatch")
	return ok && hasPort(d.Spec.Template.Spec.Containers[0], name)
}

// backends: the ingress brings the webhooks, to a port that is there, and nothing else.
func backends(m manifests) (found []string) {
	for _, in := range of[*networking.Ingress](m) {
		for _, rule := range in.Spec.Rules {
			for _, p := range rule.HTTP.Paths {
				s, ok := named[*core.Service](m, p.Backend.Service.Name)
				if !ok || !serviceHasPort(s, p.Backend.Service.Port.Name) {
					found = append(found, fmt.Sprintf("the ingress leads to port %s of %s, which is not there", p.Backend.Service.Port.Name, p.Backend.Service.Name))
				}
				if p.Path != "/webhooks/octopus" || *p.PathType != networking.PathTypePrefix || p.Backend.Service.Port.Name != "webhooks" {
					found = append(found, "the ingress brings more than the webhooks")
				}
			}
		}
		if len(in.Spec.TLS) == 0 || in.Spec.DefaultBackend != nil {
			found = append(found, "the ingress takes what is not encrypted, or not for it")
		}
	}
	return found
}

func serviceHasPort(s *core.Service, name string) bool {
	return slices.ContainsFunc(s.Spec.Ports, func(p core.ServicePort) bool { return p.Name == name })
}

// monitors: what is scraped exists, once, under the job that the rules select.
func monitors(m manifests) (found []string) {
	const job = "app.kubernetes.io/name"
	scraped := 0
	for _, s := range of[*monitoring.ServiceMonitor](m) {
		for _, service := range of[*core.Service](m) {
			if !matches(s.Spec.Selector, service.Labels) {
				continue
			}
			scraped++
			if s.Spec.JobLabel != job || service.Labels[job] != "walletwatch" || !serviceHasPort(service, s.Spec.Endpoints[0].Port) {
				found = append(found, "the ServiceMonitor's job is not walletwatch, or its port is not there")
			}
		}
	}
	for _, p := range of[*monitoring.PodMonitor](m) {
		scraped++
		if p.Spec.JobLabel != job || !daemonHasPort(m, *p.Spec.PodMetricsEndpoints[0].Port) {
			found = append(found, "the PodMonitor's job is not walletwatch, or its port is not there")
		}
	}
	if rules := of[*monitoring.PrometheusRule](m); len(rules) > 0 && scraped != 1 {
		found = append(found, fmt.Sprintf("each replica is scraped %d times", scraped))
	} else if scraped > 1 {
		found = append(found, "replicas are scraped twice")
	}
	return found
}

func matches(s meta.LabelSelector, set map[string]string) bool {
	selector, err := meta.LabelSelectorAsSelector(&s)
	return err == nil && selector.Matches(labels.Set(set))
}

// networkPolicies: every pod of walletwatch is meant by those of the daemon, and only ports that somebody uses are open.
func networkPolicies(m manifests) (found []string) {
	in, out := []int{8080, 8081}, []int{53, 443, 5432}
	for _, p := range of[*networking.NetworkPolicy](m) {
		if ofAJob(p) {
			continue
		}
		for _, pod := range pods(m) {
			if !matches(p.Spec.PodSelector, pod.labels) {
				found = append(found, "NetworkPolicy "+p.Name+" does not mean "+pod.owner)
			}
		}
		for _, rule := range p.Spec.Ingress {
			found = append(found, opened(p.Name, rule.Ports, in)...)
			if len(rule.From) == 0 {
				found = append(found, "NetworkPolicy "+p.Name+" lets everybody in")
			}
		}
		for _, rule := range p.Spec.Egress {
			found = append(found, opened(p.Name, rule.Ports, out)...)
		}
	}
	return found
}

// jobsReach: a Job runs before the rollout, beside policies that may not lead to PostgreSQL yet. It brings a way out of its own,
// which nobody else has.
func jobsReach(m manifests) (found []string) {
	reached := map[string]bool{}
	for _, p := range of[*networking.NetworkPolicy](m) {
		if !ofAJob(p) {
			continue
		}
		out := len(p.Spec.Egress) == 1 && len(p.Spec.Egress[0].Ports) == 0 && len(p.Spec.Egress[0].To) == 0
		for _, owner := range selected(m, p.Spec.PodSelector.MatchLabels) {
			reached[owner] = out
		}
		if len(p.Spec.Ingress) > 0 || !slices.Equal(p.Spec.PolicyTypes, []networking.PolicyType{networking.PolicyTypeEgress}) {
			found = append(found, "NetworkPolicy "+p.Name+" is about what comes in")
		}
	}
	for _, p := range pods(m) {
		if isJob := strings.HasPrefix(p.owner, "Job/"); isJob != reached[p.owner] {
			found = append(found, fmt.Sprintf("%s may go anywhere: %t", p.owner, !isJob))
		}
	}
	return found
}

func ofAJob(p *networking.NetworkPolicy) bool {
	return p.Name != "walletwatch" && p.Name != "walletwatch-database"
}

func opened(name string, ports []networking.NetworkPolicyPort, allowed []int) (found []string) {
	if len(ports) == 0 {
		return sentence("NetworkPolicy %s opens every port", name)
	}
	for _, p := range ports {
		if p.Port == nil || !slices.Contains(allowed, p.Port.IntValue()) {
			found = append(found, fmt.Sprintf("NetworkPolicy %s opens port %v", name, p.Port))
		}
	}
	return found
}

// applicable: kubectl apply keeps a copy of each object in an annotation of at most 256 KiB, and names are DNS labels.
func applicable(m manifests) (found []string) {
	label := regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)
	for _, o := range m {
		if text, err := json.Marshal(o); err != nil || len(text) > 250_000 {
			found = append(found, fmt.Sprintf("%s has %d bytes, too many for kubectl apply (%v)", o.GetName(), len(text), err))
		}
		if !label.MatchString(o.GetName()) {
			found = append(found, fmt.Sprintf("%q is no name", o.GetName()))
		}
		if o.GetLabels()["app.kubernetes.io/name"] != "walletwatch" {
			found = append(found, o.GetName()+" lacks the label app.kubernetes.io/name=walletwatch")
		}
	}
	return found
}
