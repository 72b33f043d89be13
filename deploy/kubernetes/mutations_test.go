package kubernetes_test

import (
	"slices"
	"strings"
	"testing"
)

// mutation is one change of a rendering that must be noticed: its problem holds want.
type mutation struct{ name, old, new, want string }

func (m mutation) apply(t *testing.T, text string) string {
	t.Helper()
	if !strings.Contains(text, m.old) {
		t.Errorf("%s: the rendering has no %q to change", m.name, m.old)
	}
	return strings.Replace(text, m.old, m.new, 1)
}

// Each check can fail: this is what each is for.
func TestEveryCheckFindsItsMistake(t *testing.T) {
	one := compose(t, "overlays/production", "webhooks", "orders", "monitoring", "dashboards", "preflight")
	two := compose(t, "overlays/production", "ha", "network-policy-database", "webhooks", "orders", "monitoring", "preflight")
	find(t, "one replica", string(one), slices.Concat(podMutations(), volumeMutations(), networkMutations()))
	find(t, "two replicas", string(two), haMutations())
	find(t, "pod monitor", string(render(t, "examples/pod-monitor")), []mutation{
		{"no port of that name", "interval: 30s\n    path: /metrics\n    port: http", "interval: 30s\n    path: /metrics\n    port: metrics", "PodMonitor's job"},
		{"another job", "jobLabel: app.kubernetes.io/name", "jobLabel: app.kubernetes.io/component", "PodMonitor's job"},
		{"nobody scraped", "      app.kubernetes.io/name: walletwatch\n      walletwatch/serves: \"true\"\n---", "      app.kubernetes.io/name: walletwrong\n---", "selects []"},
	})
	find(t, "canary", string(withCanary(t)), []mutation{
		{"one that nobody finds", "        walletwatch/serves: \"true\"\n    spec:\n      affinity", "    spec:\n      affinity", "Service walletwatch selects"},
		{"one Deployment for both", "app.kubernetes.io/component: canary\n      app.kubernetes.io/name: walletwatch\n  strategy", "app.kubernetes.io/name: walletwatch\n  strategy", "Deployment walletwatch-canary selects [Deployment/walletwatch Deployment/walletwatch-canary]"},
	})
	find(t, "external secrets", string(render(t, "examples/external-secrets")), []mutation{
		{"a field that is none", "secretKey: OCTOPUS_API_KEY", "key: OCTOPUS_API_KEY", `unknown field "key"`},
	})
	find(t, "CSI driver", string(render(t, "examples/csi-secrets-store")), []mutation{
		{"a field that is none", "provider: vault", "providers: vault", `unknown field "providers"`},
	})
}

func find(t *testing.T, what, text string, mutations []mutation) {
	t.Helper()
	if found := problems([]byte(text)); len(found) > 0 {
		t.Fatalf("%s: before any change: %v", what, found)
	}
	for _, m := range mutations {
		found := problems([]byte(m.apply(t, text)))
		if !slices.ContainsFunc(found, func(p string) bool { return strings.Contains(p, m.want) }) {
			t.Errorf("%s, %s: found is %.300q", what, m.name, found)
		}
	}
}

func podMutations() []mutation {
	return []mutation{
		{"a typing error", "livenessProbe:", "livenesProbe:", `unknown field "spec.template.spec.containers[0].livenesProbe"`},
		{"a port as text", "containerPort: 8080", `containerPort: "8080"`, "cannot unmarshal string"},
		{"a kind that is none", "kind: Deployment", "kind: Deplyoment", "no kind"},
		{"as root", "runAsNonRoot: true", "runAsNonRoot: false", "runAsNonRoot"},
		{"capabilities kept", "            drop:\n            - ALL\n", "            drop:\n            - NET_RAW\n", "unrestricted capabilities"},
		{"privileges gained", "allowPrivilegeEscalation: false", "allowPrivilegeEscalation: true", "allowPrivilegeEscalation"},
		{"no seccomp", "type: RuntimeDefault", "type: Unconfined", "seccompProfile"},
		{"another user", "runAsUser: 65532", "runAsUser: 1000", "65532"},
		{"root filesystem writable", "readOnlyRootFilesystem: true", "readOnlyRootFilesystem: false", "root filesystem"},
		{"token mounted", "      automountServiceAccountToken: false\n", "      automountServiceAccountToken: true\n", "mounts a token"},
		{"service links", "enableServiceLinks: false", "enableServiceLinks: true", "variables of Services"},
		{"a command", "      - args:\n", "      - command: [walletwatch]\n        args:\n", "has a command"},
		{"any image", "walletwatch:v0.1.0", "walletwatch:latest", "latest"},
		{"short grace", "terminationGracePeriodSeconds: 30", "terminationGracePeriodSeconds: 15", "grace period"},
		{"another path", "path: /-/ready", "path: /ready", "readiness probe"},
		{"another port's name", "path: /-/ready\n            port: http", "path: /-/ready\n            port: web", "readiness probe"},
		{"little memory", "            memory: 128Mi\n          requests:", "            memory: 64Mi\n          requests:", "memory limit"},
		{"a CPU limit", "          limits:\n", "          limits:\n            cpu: 100m\n", "CPU limit"},
		{"GOMEMLIMIT above the limit", "value: 115MiB", "value: 1GiB", "GOMEMLIMIT"},
		{"a variable twice", "- name: GOMEMLIMIT", "- name: SLACK_BOT_TOKEN\n          value: x\n        - name: GOMEMLIMIT", "SLACK_BOT_TOKEN twice"},
		{"a file nowhere", "value: /run/secrets/walletwatch/octopus/OCTOPUS_API_KEY", "value: /run/secrets/octopus/OCTOPUS_API_KEY", "no secret is mounted"},
		{"another directory", "workingDir: /etc/walletwatch", "workingDir: /", "working directory"},
		{"a secret in git", "apiVersion: v1\nkind: Service\n", "apiVersion: v1\nkind: Secret\nmetadata:\n  name: x\n---\napiVersion: v1\nkind: Service\n", secretsInGit},
		{"an identity that is none", "serviceAccountName: walletwatch\n", "serviceAccountName: wallet\n", "no ServiceAccount \"wallet\""},
		{"another namespace", "namespace: walletwatch-production", "namespace: default", "the namespace"},
	}
}

func volumeMutations() []mutation {
	return []mutation{
		{"a mount of nothing", "mountPath: /data\n          name: data", "mountPath: /data\n          name: date", "no volume"},
		{"a subPath", "mountPath: /etc/walletwatch\n", "mountPath: /etc/walletwatch\n          subPath: thresholds.yaml\n", "subPath"},
		{"secrets writable", "name: octopus\n          readOnly: true", "name: octopus\n          readOnly: false", "to be written to"},
		{"another ConfigMap", "      - configMap:\n          name: walletwatch-thresholds", "      - configMap:\n          name: walletwatch-threshold", "no ConfigMap"},
		{"another claim", "claimName: walletwatch-data", "claimName: walletwatch", "no claim"},
		{"two writers", "  replicas: 1\n", "  replicas: 2\n", "share a volume"},
		{"rolling over one volume", "type: Recreate", "type: RollingUpdate", "share a volume"},
		{"the Job on the volume", "      - emptyDir:\n          sizeLimit: 64Mi\n", "      - persistentVolumeClaim:\n          claimName: walletwatch-data\n", "Job mounts"},
		{"another environment beforehand", "- name: GOMEMLIMIT", "- name: TZ\n          value: UTC\n        - name: GOMEMLIMIT", "preflight's environment"},
		{"other thresholds beforehand", "poll: \"@every 2m\"", "poll: \"@every 3m\"", "preflight's thresholds"},
	}
}

func networkMutations() []mutation {
	daemon := "  selector:\n    app.kubernetes.io/name: walletwatch\n    walletwatch/serves: \"true\"\n"
	return []mutation{
		{"a selector too wide", daemon, "  selector:\n    app.kubernetes.io/name: walletwatch\n", "selects [Deployment/walletwatch Job/walletwatch-preflight]"},
		{"a floating label", daemon, "  selector:\n    app.kubernetes.io/name: walletwatch\n    walletwatch/serve: \"true\"\n", "selects []"},
		{"a target that is none", "targetPort: webhooks", "targetPort: webhook", "no container has the port webhook"},
		{"status of ready ones alone", "publishNotReadyAddresses: true", "publishNotReadyAddresses: false", "not ready"},
		{"everything by the ingress", "path: /webhooks/octopus", "path: /", "more than the webhooks"},
		{"the ingress to nowhere", "            name: walletwatch\n            port:\n              name: webhooks", "            name: walletwatch-webhooks\n            port:\n              name: webhooks", "not there"},
		{"no TLS", "  tls:\n  - hosts:\n    - walletwatch.example.com\n    secretName: walletwatch-webhooks-tls\n", "", "not encrypted"},
		{"another job", "jobLabel: app.kubernetes.io/name", "jobLabel: app.kubernetes.io/component", "ServiceMonitor's job"},
		{"nothing scraped", "      app.kubernetes.io/component: status\n", "      app.kubernetes.io/component: page\n", "scraped 0 times"},
		{"both scraped", "      app.kubernetes.io/component: status\n", "", "scraped 2 times"},
		{"a rule's field", "keep_firing_for: ", "keep_fireing_for: ", "keep_fireing_for"},
		{"everybody let in", "  - from:\n    - namespaceSelector:\n        matchLabels:\n          kubernetes.io/metadata.name: ingress-nginx\n    ports:", "  - ports:", "lets everybody in"},
		{"a port more", "port: 443", "port: 22", "opens port 22"},
		{"policy for nobody", "  podSelector:\n    matchLabels:\n      app.kubernetes.io/name: walletwatch", "  podSelector:\n    matchLabels:\n      app.kubernetes.io/name: wallet", "does not mean"},
		{"no way out for the Job", "      app.kubernetes.io/component: preflight\n      app.kubernetes.io/name: walletwatch\n  policyTypes", "      app.kubernetes.io/component: flight\n      app.kubernetes.io/name: walletwatch\n  policyTypes", "Job/walletwatch-preflight may go anywhere: false"},
		{"a way out for the daemon", "      app.kubernetes.io/component: preflight\n      app.kubernetes.io/name: walletwatch\n  policyTypes", "      app.kubernetes.io/name: walletwatch\n  policyTypes", "Deployment/walletwatch may go anywhere: true"},
		{"a name that is none", "name: walletwatch-status", "name: walletwatch_status", "is no name"},
		{"no label", "    app.kubernetes.io/component: status\n    app.kubernetes.io/name: walletwatch\n", "    app.kubernetes.io/component: status\n", "lacks the label"},
		{"too large", `"title": `, `"note": "` + strings.Repeat("x", 250_000) + `", "title": `, "too many for kubectl apply"},
	}
}

func haMutations() []mutation {
	return []mutation{
		{"one replica", "  replicas: 2\n", "  replicas: 1\n", "two replicas"},
		{"all at once", "maxUnavailable: 0", "maxUnavailable: 1", "one by one"},
		{"a volume left over", "apiVersion: v1\nkind: Service\n", "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata:\n  name: walletwatch-data\n---\napiVersion: v1\nkind: Service\n", "nobody mounts"},
		{"a budget for nobody", "  selector:\n    matchLabels:\n      app.kubernetes.io/name: walletwatch", "  selector:\n    matchLabels:\n      app.kubernetes.io/name: wallet", "budget selects []"},
		{"spread of nobody", "          matchLabels:\n            app.kubernetes.io/name: walletwatch", "          matchLabels:\n            app.kubernetes.io/name: wallet", "spread constraint selects []"},
		{"the image's database", "        - name: WALLETWATCH_DATABASE\n          value: \"\"\n", "", "by the image and as a file"},
		{"two databases", "        - name: WALLETWATCH_DATABASE\n          value: \"\"\n", "        - name: WALLETWATCH_DATABASE\n          value: sqlite://x.db\n", "WALLETWATCH_DATABASE twice"},
	}
}
