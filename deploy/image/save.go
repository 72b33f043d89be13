package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/sigstore/cosign/v3/pkg/oci"
)

const spdx types.MediaType = "application/spdx+json"

// save writes the index to dir: an OCI image layout "oci", whose entry is named tag, with the SBOMs as OCI referrers, and an
// archive for each platform, walletwatch-linux-amd64.tar, that docker load, podman load and ctr import take.
// What an earlier call left there is replaced.
func save(dir string, index oci.SignedImageIndex, tag string) error {
	path := filepath.Join(dir, "oci")
	if err := os.RemoveAll(path); err != nil {
		return fmt.Errorf("removing the previous image: %w", err)
	}
	store, err := layout.Write(path, empty.Index)
	if err != nil {
		return fmt.Errorf("starting the image layout: %w", err)
	}
	named := layout.WithAnnotations(map[string]string{"org.opencontainers.image.ref.name": tag})
	if err := store.AppendIndex(index, named); err != nil {
		return fmt.Errorf("writing the image layout: %w", err)
	}
	manifest, err := index.IndexManifest()
	if err != nil {
		return err
	}
	for _, platform := range manifest.Manifests {
		if err := savePlatform(dir, store, index, platform, tag); err != nil {
			return fmt.Errorf("writing the image for %s: %w", platform.Platform, err)
		}
	}
	return nil
}

func savePlatform(dir string, store layout.Path, index oci.SignedImageIndex, platform v1.Descriptor, tag string) error {
	image, err := index.SignedImage(platform.Digest)
	if err != nil {
		return err
	}
	sbom, err := bill(image, platform)
	if err != nil {
		return err
	}
	if err := store.AppendImage(sbom); err != nil {
		return err
	}
	ref, err := name.NewTag(module + ":" + tag)
	if err != nil {
		return err
	}
	archive := fmt.Sprintf("walletwatch-%s-%s.tar", platform.Platform.OS, platform.Platform.Architecture)
	return tarball.WriteToFile(filepath.Join(dir, archive), ref, image)
}

// bill makes the image's SBOM an artifact that refers to the image.
func bill(image oci.SignedImage, subject v1.Descriptor) (v1.Image, error) {
	attached, err := image.Attachment("sbom")
	if err != nil {
		return nil, fmt.Errorf("looking for the SBOM: %w", err)
	}
	text, err := attached.Payload()
	if err != nil {
		return nil, fmt.Errorf("reading the SBOM: %w", err)
	}
	// Without an artifact type the type of the config says what the artifact is.
	artifact := mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), spdx)
	artifact, err = mutate.AppendLayers(artifact, static.NewLayer(text, spdx))
	if err != nil {
		return nil, err
	}
	return mutate.Subject(artifact, v1.Descriptor{MediaType: subject.MediaType, Size: subject.Size, Digest: subject.Digest}).(v1.Image), nil
}
