package main

import (
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// bom is what the tests read of an SPDX document.
type bom struct {
	Version      string `json:"spdxVersion"`
	CreationInfo struct{ Creators []string }
	Describes    []string `json:"documentDescribes"`
	Packages     []struct {
		Name    string
		Version string `json:"versionInfo"`
	}
}

func (b bom) has(name, version string) bool {
	for _, p := range b.Packages {
		if p.Name == name && (version == "" || p.Version == version) {
			return true
		}
	}
	return false
}

func TestBillOfMaterials(t *testing.T) {
	forEachArchitecture(t, func(t *testing.T, architecture string, image v1.Image) {
		digest, err := image.Digest()
		must(t, err)
		referring := referrer(t, digest)
		dir, err := output()
		must(t, err)
		file, err := os.ReadFile(filepath.Join(dir, "sbom", "walletwatch-linux-"+architecture+".spdx.json"))
		must(t, err)
		if string(file) != string(referring) {
			t.Error("the SBOM beside the image is not the one that refers to it")
		}
		checkBill(t, referring, digest)
	})
}

func checkBill(t *testing.T, text []byte, image v1.Hash) {
	t.Helper()
	var b bom
	must(t, json.Unmarshal(text, &b))
	if b.Version != "SPDX-2.3" || !slices.Equal(b.CreationInfo.Creators, []string{"Tool: ko " + required(t, "github.com/google/ko")}) {
		t.Errorf("it is %s by %q", b.Version, b.CreationInfo.Creators)
	}
	if len(b.Describes) != 1 || !strings.HasSuffix(b.Describes[0], image.Hex) {
		t.Errorf("it describes %q, want %s", b.Describes, image)
	}
	if !b.has("walletwatch", "") {
		t.Error("it does not name the main module")
	}
	daemon, err := os.ReadFile("../../go.mod")
	must(t, err)
	for _, module := range []string{"modernc.org/sqlite", "github.com/shopspring/decimal"} {
		_, after, _ := strings.Cut(string(daemon), module+" ")
		version, _, _ := strings.Cut(after, "\n")
		if version == "" || !b.has(module, version) {
			t.Errorf("it does not name %s %s", module, version)
		}
	}
	if b.has("github.com/google/ko", "") {
		t.Error("it names a module that only builds the image")
	}
}

// referrer is the SBOM of the layout that refers to the image.
func referrer(t *testing.T, image v1.Hash) []byte {
	t.Helper()
	index := saved(t)
	all, err := index.IndexManifest()
	must(t, err)
	for _, descriptor := range all.Manifests {
		if descriptor.ArtifactType != string(spdx) {
			continue
		}
		artifact, err := index.Image(descriptor.Digest)
		must(t, err)
		manifest, err := artifact.Manifest()
		must(t, err)
		if manifest.Subject.Digest != image {
			continue
		}
		layers, err := artifact.Layers()
		must(t, err)
		content, err := layers[0].Uncompressed()
		must(t, err)
		defer content.Close()
		text, err := io.ReadAll(content)
		must(t, err)
		return text
	}
	t.Fatalf("no SBOM refers to %s", image)
	return nil
}

// required is the version of a module that this one is built with.
func required(t *testing.T, path string) string {
	t.Helper()
	info, ok := debug.ReadBuildInfo()
	if !ok {
		t.Fatal("the test binary has no build information")
	}
	for _, module := range info.Deps {
		if module.Path == path {
			return module.Version
		}
	}
	t.Fatalf("%s is not required", path)
	return ""
}
