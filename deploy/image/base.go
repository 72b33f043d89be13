package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"walletwatch/deploy/image/rootfs"
)

// base makes the image that ko puts the binary on: one layer, the same for every architecture.
func (s Source) base() (v1.ImageIndex, error) {
	layer, err := s.layer()
	if err != nil {
		return nil, err
	}
	index := mutate.IndexMediaType(empty.Index, types.OCIImageIndex)
	for _, architecture := range []string{"amd64", "arm64"} {
		image, err := s.baseFor(architecture, layer)
		if err != nil {
			return nil, fmt.Errorf("making the base for %s: %w", architecture, err)
		}
		index = mutate.AppendManifests(index, mutate.IndexAddendum{
			Add: image, Descriptor: v1.Descriptor{Platform: &v1.Platform{OS: "linux", Architecture: architecture}},
		})
	}
	return index, nil
}

func (s Source) layer() (v1.Layer, error) {
	thresholds, err := os.ReadFile(filepath.Join(s.Dir, "thresholds.yaml"))
	if err != nil {
		return nil, fmt.Errorf("reading the policy to ship: %w", err)
	}
	var archive bytes.Buffer
	if err := rootfs.WriteTar(&archive, rootfs.Files(thresholds), s.Created); err != nil {
		return nil, err
	}
	opener := func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(archive.Bytes())), nil }
	return tarball.LayerFromOpener(opener, tarball.WithMediaType(types.OCILayer), tarball.WithCompressedCaching)
}

func (s Source) baseFor(architecture string, layer v1.Layer) (v1.Image, error) {
	created := v1.Time{Time: s.Created}
	image := mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), types.OCIConfigJSON)
	image, err := mutate.Append(image, mutate.Addendum{
		Layer: layer, History: v1.History{Created: created, CreatedBy: "deploy/image/rootfs"},
	})
	if err != nil {
		return nil, err
	}
	config, err := image.ConfigFile()
	if err != nil {
		return nil, err
	}
	config = config.DeepCopy()
	config.OS, config.Architecture, config.Created = "linux", architecture, created
	config.Config = s.config()
	return mutate.ConfigFile(image, config)
}

// config is how the image runs; ko adds the entry point and PATH.
func (s Source) config() v1.Config {
	return v1.Config{
		User:       strconv.Itoa(rootfs.UID) + ":" + strconv.Itoa(rootfs.GID),
		WorkingDir: rootfs.ConfigDir,
		Env: []string{
			"WALLETWATCH_DATABASE=sqlite://" + rootfs.DataDir + "/walletwatch.db",
			"TMPDIR=" + rootfs.DataDir, // for SQLite and the demo: there is no /tmp
		},
		ExposedPorts: map[string]struct{}{"8080/tcp": {}},
		Labels:       s.labels(),
	}
}
