package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/ko/pkg/build"
	"github.com/sigstore/cosign/v3/pkg/oci"
)

const (
	module    = "walletwatch"
	koVersion = "v0.19.1" // as in go.mod; the SBOM names it

	// baseName stands for the base in annotations and SBOM. It is made on the spot and is in no registry.
	baseName = "localhost/walletwatch-rootfs"
)

// Source is what an image is made of. The same source and the same Go make the same image, byte by byte.
type Source struct {
	Dir      string // the root of the repository
	Version  string
	Revision string
	Created  time.Time
}

// Build builds the image for linux/amd64 and linux/arm64. Each and the index carry an SBOM (SPDX) as the attachment "sbom",
// which is also written to sbomDir.
func (s Source) Build(ctx context.Context, sbomDir string) (oci.SignedImageIndex, error) {
	base, err := s.base()
	if err != nil {
		return nil, err
	}
	builder, err := build.NewGo(ctx, s.Dir, s.options(base, sbomDir)...)
	if err != nil {
		return nil, fmt.Errorf("preparing ko: %w", err)
	}
	built, err := builder.Build(ctx, build.StrictScheme+module)
	if err != nil {
		return nil, fmt.Errorf("building with ko: %w", err)
	}
	index, ok := built.(oci.SignedImageIndex)
	if !ok {
		return nil, errors.New("building with ko: the result is not an image for several platforms")
	}
	return index, nil
}

func (s Source) options(base v1.ImageIndex, sbomDir string) []build.Option {
	options := []build.Option{
		build.WithBaseImages(func(context.Context, string) (name.Reference, build.Result, error) {
			ref, err := name.ParseReference(baseName)
			return ref, base, err
		}),
		build.WithPlatforms("linux/amd64", "linux/arm64"),
		build.WithConfig(map[string]build.Config{module: {
			// Version and commit are stamped below; what Go reads from a work tree differs from that of a plain copy.
			Flags: build.FlagArray{"-trimpath", "-buildvcs=false"},
			Ldflags: build.StringArray{
				"-s", "-w",
				"-X github.com/prometheus/common/version.Version=" + s.Version,
				"-X github.com/prometheus/common/version.Revision=" + s.Revision,
			},
			// Whatever the builder's own environment says.
			Env: []string{"CGO_ENABLED=0", "GOFLAGS=", "GOAMD64=v1", "GOARM64=v8.0"},
		}}),
		build.WithCreationTime(v1.Time{Time: s.Created}),
		build.WithKoDataCreationTime(v1.Time{Time: s.Created}),
		build.WithSPDX(koVersion),
		build.WithSBOMDir(sbomDir),
	}
	labels := s.labels()
	for _, key := range slices.Sorted(maps.Keys(labels)) {
		options = append(options, build.WithAnnotation(key, labels[key])) // registries show those of the index
	}
	return options
}

// labels describe the image, see https://specs.opencontainers.org/image-spec/annotations/.
func (s Source) labels() map[string]string {
	return map[string]string{
		"org.opencontainers.image.title":       "walletwatch",
		"org.opencontainers.image.description": "Watches prepaid wallets: tells Slack and pages through PagerDuty before one runs dry.",
		"org.opencontainers.image.version":     s.Version,
		"org.opencontainers.image.revision":    s.Revision,
		"org.opencontainers.image.created":     s.Created.UTC().Format(time.RFC3339),
	}
}
