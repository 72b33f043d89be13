package kubernetes_test

import (
	"fmt"
	"reflect"
	"slices"

	apps "k8s.io/api/apps/v1"
	batch "k8s.io/api/batch/v1"
	core "k8s.io/api/core/v1"
)

func volumes(m manifests) (found []string) {
	for _, p := range pods(m) {
		for _, c := range p.spec.Containers {
			for _, mount := range c.VolumeMounts {
				i := slices.IndexFunc(p.spec.Volumes, func(v core.Volume) bool { return v.Name == mount.Name })
				switch {
				case i < 0:
					found = append(found, p.owner+" mounts "+mount.Name+", which is no volume")
				case mount.SubPath != "":
					found = append(found, p.owner+" mounts "+mount.Name+" by a subPath, which never changes")
				case !mount.ReadOnly && (p.spec.Volumes[i].ConfigMap != nil || secretVolume(p.spec, c, mount.MountPath) != nil):
					found = append(found, p.owner+" mounts "+mount.Name+" to be written to")
				}
			}
		}
		for _, v := range p.spec.Volumes {
			found = append(found, volumeSource(m, p, v)...)
		}
	}
	return found
}

// volumeSource checks that what a volume shows is among the manifests. Secrets are not, on purpose.
func volumeSource(m manifests, p pod, v core.Volume) []string {
	if v.ConfigMap != nil {
		if c, ok := named[*core.ConfigMap](m, v.ConfigMap.Name); !ok || c.Data["thresholds.yaml"] == "" {
			return sentence("%s: there is no ConfigMap %s with a thresholds.yaml", p.owner, v.ConfigMap.Name)
		}
	}
	if v.PersistentVolumeClaim != nil && len(of[*apps.Deployment](m)) > 0 { // a Job alone may use what is there already
		if _, ok := named[*core.PersistentVolumeClaim](m, v.PersistentVolumeClaim.ClaimName); !ok {
			return sentence("%s: there is no claim %s", p.owner, v.PersistentVolumeClaim.ClaimName)
		}
	}
	return nil
}

// writers: a volume for one pod is never given to two, and several replicas never take turns being away.
func writers(m manifests) (found []string) {
	for _, d := range of[*apps.Deployment](m) {
		claims := slices.ContainsFunc(d.Spec.Template.Spec.Volumes, func(v core.Volume) bool { return v.PersistentVolumeClaim != nil })
		if claims && (*d.Spec.Replicas != 1 || d.Spec.Strategy.Type != apps.RecreateDeploymentStrategyType) {
			found = append(found, "several pods would share a volume for one")
		}
		if alone := *d.Spec.Replicas < 2 && d.Name != "walletwatch-canary"; !claims && (alone || d.Spec.Strategy.Type != apps.RollingUpdateDeploymentStrategyType || d.Spec.Strategy.RollingUpdate == nil ||
			d.Spec.Strategy.RollingUpdate.MaxUnavailable.IntValue() != 0 || d.Spec.Strategy.RollingUpdate.MaxSurge.IntValue() != 1) {
			found = append(found, "without a volume there are not two replicas that are replaced one by one")
		}
		if !claims && len(of[*core.PersistentVolumeClaim](m)) > 0 {
			found = append(found, "a volume is claimed that nobody mounts")
		}
	}
	for _, j := range of[*batch.Job](m) {
		if len(of[*apps.Deployment](m)) > 0 && slices.ContainsFunc(j.Spec.Template.Spec.Volumes, func(v core.Volume) bool { return v.PersistentVolumeClaim != nil }) {
			found = append(found, "the Job mounts the daemon's volume")
		}
	}
	return found
}

// preflightLikeDaemon: what is checked beforehand is what will run.
func preflightLikeDaemon(m manifests) (found []string) {
	job, ok := named[*batch.Job](m, "walletwatch-preflight")
	daemon, also := named[*apps.Deployment](m, "walletwatch")
	if !ok || !also {
		return nil
	}
	a, b := job.Spec.Template.Spec, daemon.Spec.Template.Spec
	for what, equal := range map[string]bool{
		"image":                a.Containers[0].Image == b.Containers[0].Image,
		"environment":          reflect.DeepEqual(a.Containers[0].Env, b.Containers[0].Env),
		"volume mounts":        reflect.DeepEqual(a.Containers[0].VolumeMounts, b.Containers[0].VolumeMounts),
		"security context":     reflect.DeepEqual(a.SecurityContext, b.SecurityContext),
		"container's security": reflect.DeepEqual(a.Containers[0].SecurityContext, b.Containers[0].SecurityContext),
		"secrets":              reflect.DeepEqual(secretVolumes(a), secretVolumes(b)),
		"thresholds":           thresholds(m, "walletwatch-preflight") == thresholds(m, "walletwatch-thresholds"),
	} {
		if !equal {
			found = append(found, fmt.Sprintf("the preflight's %s differs from the daemon's", what))
		}
	}
	return found
}

func thresholds(m manifests, name string) string {
	c, _ := named[*core.ConfigMap](m, name)
	if c == nil {
		return ""
	}
	return c.Data["thresholds.yaml"]
}

func secretVolumes(spec core.PodSpec) map[string]core.Volume {
	all := map[string]core.Volume{}
	for _, v := range spec.Volumes {
		if v.Secret != nil || v.CSI != nil {
			all[v.Name] = v
		}
	}
	return all
}
