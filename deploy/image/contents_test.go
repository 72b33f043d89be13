package main

import (
	"archive/tar"
	"bytes"
	"crypto/x509"
	"debug/elf"
	"encoding/pem"
	"maps"
	"os"
	"slices"
	"testing"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"walletwatch/deploy/image/rootfs"
)

const binary = "/ko-app/walletwatch"

func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

func forEachArchitecture(t *testing.T, test func(t *testing.T, architecture string, image v1.Image)) {
	for _, architecture := range []string{"amd64", "arm64"} {
		t.Run(architecture, func(t *testing.T) { test(t, architecture, image(t, architecture)) })
	}
}

func TestImageHoldsWhatItShould(t *testing.T) {
	thresholds, err := os.ReadFile("../../thresholds.yaml")
	must(t, err)
	forEachArchitecture(t, func(t *testing.T, _ string, image v1.Image) {
		all := entries(t, image)
		want := []string{
			"/data", "/etc", "/etc/group", "/etc/passwd", "/etc/ssl", "/etc/ssl/certs", rootfs.Roots, "/etc/walletwatch",
			"/etc/walletwatch/thresholds.yaml", "/ko-app", binary, "/var", "/var/run", "/var/run/ko",
		}
		if got := sorted(all); !slices.Equal(got, want) {
			t.Errorf("the image holds %q, want %q", got, want)
		}
		if !bytes.Equal(all["/etc/walletwatch/thresholds.yaml"].Content, thresholds) {
			t.Error("thresholds.yaml is not the one that is shipped")
		}
		for path, e := range all {
			checkEntry(t, path, e)
		}
	})
}

// checkEntry: only the binary can be executed, only the data directory belongs to the user, nobody else writes.
func checkEntry(t *testing.T, path string, e entry) {
	t.Helper()
	owner, mode := 0, e.Header.Mode
	if path == rootfs.DataDir {
		owner = rootfs.UID
	}
	if e.Header.Uid != owner || e.Header.Gid != owner {
		t.Errorf("%s belongs to %d:%d, want %d", path, e.Header.Uid, e.Header.Gid, owner)
	}
	if mode&0o7022 != 0 {
		t.Errorf("%s has mode %o", path, mode)
	}
	switch e.Header.Typeflag {
	case tar.TypeDir:
	case tar.TypeReg:
		if executable := mode&0o111 != 0; executable != (path == binary) {
			t.Errorf("%s has mode %o", path, mode)
		}
	default:
		t.Errorf("%s is neither a file nor a directory", path)
	}
}

// The limit is for what is downloaded.
func TestImageIsSmall(t *testing.T) {
	forEachArchitecture(t, func(t *testing.T, _ string, image v1.Image) {
		manifest, err := image.Manifest()
		must(t, err)
		compressed := manifest.Config.Size
		for _, layer := range manifest.Layers {
			compressed += layer.Size
		}
		var uncompressed int64
		for _, e := range entries(t, image) {
			uncompressed += e.Header.Size
		}
		t.Logf("%.1f MB compressed, %.1f MB uncompressed", float64(compressed)/1e6, float64(uncompressed)/1e6)
		if compressed > 30e6 {
			t.Errorf("the image has %d bytes, the limit is 30 MB", compressed)
		}
	})
}

func TestConfigOfTheImage(t *testing.T) {
	forEachArchitecture(t, func(t *testing.T, architecture string, image v1.Image) {
		file, err := image.ConfigFile()
		must(t, err)
		if file.OS != "linux" || file.Architecture != architecture || !file.Created.Equal(testSource().Created) {
			t.Errorf("it is for %s/%s and of %s", file.OS, file.Architecture, file.Created)
		}
		c := file.Config
		if c.User != "65532:65532" || c.WorkingDir != "/etc/walletwatch" || len(c.Cmd) != 0 || !slices.Equal(c.Entrypoint, []string{binary}) {
			t.Errorf("user %q, working directory %q, entry point %q, command %q", c.User, c.WorkingDir, c.Entrypoint, c.Cmd)
		}
		env := []string{"KO_DATA_PATH=/var/run/ko", "PATH=/ko-app", "TMPDIR=/data", "WALLETWATCH_DATABASE=sqlite:///data/walletwatch.db"}
		if got := slices.Sorted(slices.Values(c.Env)); !slices.Equal(got, env) {
			t.Errorf("the environment is %q, want %q", got, env)
		}
		for label, want := range map[string]string{
			"version": testVersion, "revision": testRevision, "title": "walletwatch", "created": "2025-10-09T08:53:20Z",
		} {
			if got := c.Labels["org.opencontainers.image."+label]; got != want {
				t.Errorf("the label %s is %q, want %q", label, got, want)
			}
		}
	})
}

func TestBinaryIsStatic(t *testing.T) {
	machines := map[string]elf.Machine{"amd64": elf.EM_X86_64, "arm64": elf.EM_AARCH64}
	forEachArchitecture(t, func(t *testing.T, architecture string, image v1.Image) {
		file, err := elf.NewFile(bytes.NewReader(entries(t, image)[binary].Content))
		must(t, err)
		if file.Machine != machines[architecture] {
			t.Errorf("it is for %s", file.Machine)
		}
		for _, program := range file.Progs {
			if program.Type == elf.PT_INTERP || program.Type == elf.PT_DYNAMIC {
				t.Errorf("it is linked dynamically: %s", program.Type)
			}
		}
		if file.Section(".symtab") != nil {
			t.Error("it is not stripped")
		}
	})
}

func TestCertificateAuthorities(t *testing.T) {
	rest := entries(t, image(t, "amd64"))[rootfs.Roots].Content
	subjects := map[string]bool{}
	for len(rest) > 0 {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			t.Fatal("the bundle holds something that is no PEM")
		}
		authority, err := x509.ParseCertificate(block.Bytes)
		must(t, err)
		if !authority.IsCA || time.Now().After(authority.NotAfter) {
			t.Errorf("%s is no certificate authority, or expired on %s", authority.Subject, authority.NotAfter)
		}
		subjects[authority.Subject.CommonName] = true
	}
	if len(subjects) < 100 {
		t.Errorf("only %d certificate authorities", len(subjects))
	}
	for _, name := range []string{"ISRG Root X1", "DigiCert Global Root G2", "Amazon Root CA 1", "GTS Root R1"} {
		if !subjects[name] {
			t.Errorf("%s is missing", name)
		}
	}
}

func TestBaseIsRepeatable(t *testing.T) {
	first, err := testSource().base()
	must(t, err)
	second, err := testSource().base()
	must(t, err)
	a, err := first.Digest()
	must(t, err)
	b, err := second.Digest()
	must(t, err)
	if a != b {
		t.Errorf("the same source makes %s and %s", a, b)
	}
	later := testSource()
	later.Version = "v9.8.8"
	third, err := later.base()
	must(t, err)
	if c, err := third.Digest(); err != nil || c == a {
		t.Errorf("another version makes %s as well (%v)", c, err)
	}
}
