package main

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/match"
	"github.com/google/go-containerregistry/pkg/v1/partial"
)

const (
	testVersion  = "v9.8.7+test"
	testRevision = "0123456789ab"
)

func TestMain(m *testing.M) {
	if spec := os.Getenv(inSandbox); spec != "" {
		fmt.Fprintln(os.Stderr, "entering the sandbox:", enter(spec))
		os.Exit(125)
	}
	log.SetOutput(io.Discard) // ko's
	dir, err := os.MkdirTemp("", "walletwatch-image")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	output = sync.OnceValues(func() (string, error) { return dir, produceInto(dir) })
	code := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

// output is a directory with the image, built once for all tests by the program itself.
var output func() (string, error)

func produceInto(dir string) error {
	s := testSource()
	return run(context.Background(), []string{
		"--source", s.Dir, "--version", s.Version, "--revision", s.Revision, "--created", fmt.Sprint(s.Created.Unix()), "--output", dir,
	}, io.Discard)
}

func testSource() Source {
	return Source{Dir: "../..", Version: testVersion, Revision: testRevision, Created: time.Unix(1_760_000_000, 0).UTC()}
}

// saved is the image layout that was built.
func saved(t testing.TB) v1.ImageIndex {
	t.Helper()
	dir, err := output()
	must(t, err)
	index, err := layout.ImageIndexFromPath(filepath.Join(dir, "oci"))
	must(t, err)
	return index
}

// image is the one for an architecture, found as a container engine finds it: by the tag, then by the platform.
func image(t testing.TB, architecture string) v1.Image {
	t.Helper()
	tagged, err := partial.FindIndexes(saved(t), match.Name("v9.8.7-test"))
	must(t, err)
	if len(tagged) != 1 {
		t.Fatalf("%d images have the tag", len(tagged))
	}
	images, err := partial.FindImages(tagged[0], match.Platforms(v1.Platform{OS: "linux", Architecture: architecture}))
	must(t, err)
	if len(images) != 1 {
		t.Fatalf("%d images are for %s", len(images), architecture)
	}
	return images[0]
}

// entry is a file of an image.
type entry struct {
	Header  tar.Header
	Content []byte
}

// entries are all files of all layers, by absolute path.
func entries(t testing.TB, image v1.Image) map[string]entry {
	t.Helper()
	layers, err := image.Layers()
	must(t, err)
	all := map[string]entry{}
	for _, layer := range layers {
		content, err := layer.Uncompressed()
		must(t, err)
		archive := tar.NewReader(content)
		for {
			header, err := archive.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			must(t, err)
			text, err := io.ReadAll(archive)
			must(t, err)
			all["/"+strings.Trim(header.Name, "/")] = entry{*header, text}
		}
		must(t, content.Close())
	}
	return all
}

// extract writes the image's files to a new directory, as a container engine does before it starts one.
func extract(t testing.TB, image v1.Image) string {
	t.Helper()
	root := filepath.Join(t.TempDir(), "root")
	must(t, os.Mkdir(root, 0o755))
	all := entries(t, image)
	for _, path := range sorted(all) {
		e, target := all[path], filepath.Join(root, path)
		if e.Header.Typeflag == tar.TypeDir {
			must(t, os.Mkdir(target, 0o700))
		} else {
			must(t, os.WriteFile(target, e.Content, 0o600))
		}
		if os.Getuid() == 0 {
			must(t, os.Chown(target, e.Header.Uid, e.Header.Gid))
		}
	}
	mode := func(path string, m os.FileMode) { must(t, os.Chmod(filepath.Join(root, path), m)) }
	for _, path := range sorted(all) { // last, because some directories are not writable
		mode(path, os.FileMode(all[path].Header.Mode))
	}
	t.Cleanup(func() {
		for _, path := range sorted(all) { // or they could not be removed
			mode(path, 0o700)
		}
	})
	return root
}
