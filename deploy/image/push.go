package main

import (
	"context"
	"fmt"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/ko/pkg/publish"
	"github.com/sigstore/cosign/v3/pkg/oci"
)

// push uploads the index and its SBOMs to repository under tag, with the credentials of docker login or podman login, and
// returns the image's reference by digest. The SBOMs are where cosign download sbom looks for them.
func push(ctx context.Context, index oci.SignedImageIndex, repository, tag string) (name.Reference, error) {
	publisher, err := publish.NewDefault(repository,
		publish.WithTags([]string{tag}),
		publish.WithAuthFromKeychain(authn.DefaultKeychain),
		publish.WithNamer(func(base, _ string) string { return base }),
	)
	if err != nil {
		return nil, fmt.Errorf("preparing the upload to %s: %w", repository, err)
	}
	defer publisher.Close()
	ref, err := publisher.Publish(ctx, index, module)
	if err != nil {
		return nil, fmt.Errorf("uploading to %s: %w", repository, err)
	}
	return ref, nil
}
