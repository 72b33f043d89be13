package main

import (
	"io"
	"log"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	"github.com/google/go-containerregistry/pkg/v1/remote"
)

func TestUpload(t *testing.T) {
	server := httptest.NewServer(registry.New(registry.Logger(log.New(io.Discard, "", 0))))
	defer server.Close()
	repository := strings.TrimPrefix(server.URL, "http://") + "/you/walletwatch"
	index, err := testSource().Build(t.Context(), t.TempDir())
	must(t, err)

	ref, err := push(t.Context(), index, repository, "v9.8.7-test")
	must(t, err)
	digest, err := index.Digest()
	must(t, err)
	if want := repository + ":v9.8.7-test@" + digest.String(); ref.String() != want {
		t.Errorf("it is said to be at %s, want %s", ref, want)
	}
	tagged, err := name.ParseReference(repository + ":v9.8.7-test")
	must(t, err)
	remoteIndex, err := remote.Index(tagged)
	must(t, err)
	if got, err := remoteIndex.Digest(); err != nil || got != digest {
		t.Errorf("the tag leads to %s (%v), want %s", got, err, digest)
	}
	bill, err := name.ParseReference(repository + ":" + strings.Replace(digest.String(), ":", "-", 1) + ".sbom")
	must(t, err)
	if _, err := remote.Image(bill); err != nil {
		t.Errorf("looking for the SBOM: %v", err)
	}

	manifest, err := saved(t).IndexManifest()
	must(t, err)
	if manifest.Manifests[0].Digest != digest {
		t.Errorf("the same source made %s and %s", manifest.Manifests[0].Digest, digest)
	}

	server.Close()
	if _, err := push(t.Context(), index, repository, "v9.8.7-test"); err == nil || !strings.Contains(err.Error(), repository) {
		t.Errorf("without a registry the upload says %v", err)
	}
}
