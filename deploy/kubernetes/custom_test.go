package kubernetes_test

import (
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

// What the examples use of external-secrets.io/v1 and secrets-store.csi.x-k8s.io/v1, as
// https://external-secrets.io/latest/api/spec/ and https://secrets-store-csi-driver.sigs.k8s.io/concepts describe them.
// Their own modules would bring every provider's client with them.

type externalSecret struct {
	meta.TypeMeta   `json:",inline"`
	meta.ObjectMeta `json:"metadata"`
	Spec            struct {
		RefreshInterval string `json:"refreshInterval"`
		SecretStoreRef  struct {
			Kind string `json:"kind"`
			Name string `json:"name"`
		} `json:"secretStoreRef"`
		Target struct {
			Name           string `json:"name"`
			CreationPolicy string `json:"creationPolicy"`
		} `json:"target"`
		Data []struct {
			SecretKey string `json:"secretKey"`
			RemoteRef struct {
				Key      string `json:"key"`
				Property string `json:"property"`
			} `json:"remoteRef"`
		} `json:"data"`
	} `json:"spec"`
}

func (e *externalSecret) DeepCopyObject() runtime.Object { c := *e; return &c }

type secretProviderClass struct {
	meta.TypeMeta   `json:",inline"`
	meta.ObjectMeta `json:"metadata"`
	Spec            struct {
		Provider   string            `json:"provider"`
		Parameters map[string]string `json:"parameters"`
	} `json:"spec"`
}

func (s *secretProviderClass) DeepCopyObject() runtime.Object { c := *s; return &c }

// custom returns an empty object of a kind that has its type here, or nil.
func custom(kind meta.TypeMeta) object {
	switch kind {
	case meta.TypeMeta{APIVersion: "external-secrets.io/v1", Kind: "ExternalSecret"}:
		return &externalSecret{}
	case meta.TypeMeta{APIVersion: "secrets-store.csi.x-k8s.io/v1", Kind: "SecretProviderClass"}:
		return &secretProviderClass{}
	}
	return nil
}
