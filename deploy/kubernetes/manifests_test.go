package kubernetes_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"testing"

	monitoring "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	apps "k8s.io/api/apps/v1"
	batch "k8s.io/api/batch/v1"
	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	policy "k8s.io/api/policy/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apimachinery/pkg/util/yaml"
	strict "sigs.k8s.io/yaml"
)

// object is a Kubernetes object in its type. A field that the type does not have is an error.
type object interface {
	meta.Object
	runtime.Object
}

// manifests are the objects of one rendering.
type manifests []object

// decode reads a rendering.
func decode(text []byte) (manifests, error) {
	decoder := strictDecoder()
	var all manifests
	documents := yaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(text)))
	for {
		document, err := documents.Read()
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return nil, err
		}
		if len(bytes.TrimSpace(document)) == 0 {
			continue
		}
		o, err := decodeOne(decoder, document)
		if err != nil {
			return nil, fmt.Errorf("%w in\n%s", err, document)
		}
		all = append(all, o)
	}
}

func decodeOne(decoder runtime.Decoder, document []byte) (object, error) {
	var kind meta.TypeMeta
	if err := strict.Unmarshal(document, &kind); err != nil {
		return nil, err
	}
	if o := custom(kind); o != nil {
		return o, strict.UnmarshalStrict(document, o)
	}
	decoded, _, err := decoder.Decode(document, nil, nil)
	if err != nil {
		return nil, err
	}
	return decoded.(object), nil
}

func strictDecoder() runtime.Decoder {
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{
		apps.AddToScheme, batch.AddToScheme, core.AddToScheme, networking.AddToScheme, policy.AddToScheme, monitoring.AddToScheme,
	} {
		if err := add(scheme); err != nil {
			panic(err)
		}
	}
	return serializer.NewCodecFactory(scheme, serializer.EnableStrict).UniversalDeserializer()
}

// of are the objects of one type.
func of[T object](m manifests) []T {
	var all []T
	for _, o := range m {
		if o, ok := o.(T); ok {
			all = append(all, o)
		}
	}
	return all
}

// named returns the object of that type and name.
func named[T object](m manifests, name string) (T, bool) {
	all := of[T](m)
	if i := slices.IndexFunc(all, func(o T) bool { return o.GetName() == name }); i >= 0 {
		return all[i], true
	}
	var none T
	return none, false
}

func must[T object](t *testing.T, m manifests, name string) T {
	t.Helper()
	o, ok := named[T](m, name)
	if !ok {
		t.Fatalf("there is no %T named %s", o, name)
	}
	return o
}

// pod is a Pod, or the template of a Deployment's or Job's pods.
type pod struct {
	owner  string // Deployment/walletwatch
	labels map[string]string
	meta   meta.ObjectMeta
	spec   core.PodSpec
}

func pods(m manifests) []pod {
	var all []pod
	add := func(kind, name string, template core.PodTemplateSpec) {
		all = append(all, pod{kind + "/" + name, template.Labels, template.ObjectMeta, template.Spec})
	}
	for _, d := range of[*apps.Deployment](m) {
		add("Deployment", d.Name, d.Spec.Template)
	}
	for _, j := range of[*batch.Job](m) {
		add("Job", j.Name, j.Spec.Template)
	}
	for _, p := range of[*core.Pod](m) {
		all = append(all, pod{"Pod/" + p.Name, p.Labels, p.ObjectMeta, p.Spec})
	}
	return all
}
