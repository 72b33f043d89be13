package main

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/linter"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
)

// dockerfile is the Dockerfile's two stages.
func dockerfile(t *testing.T) (build, final instructions.Stage) {
	t.Helper()
	text, err := os.ReadFile("Dockerfile")
	must(t, err)
	parsed, err := parser.Parse(bytes.NewReader(text))
	must(t, err)
	lint := linter.New(&linter.Config{Warn: func(rule, _, _, message string, at []parser.Range) {
		t.Errorf("Dockerfile:%d: %s: %s", at[0].Start.Line, rule, message)
	}})
	stages, global, err := instructions.Parse(parsed.AST, lint)
	must(t, err)
	for _, warning := range parsed.Warnings {
		t.Errorf("Dockerfile: %s", warning.Short)
	}
	if len(stages) != 2 || stages[0].Name != "build" || stages[1].BaseName != "scratch" {
		t.Fatalf("%d stages, the last from %s", len(stages), stages[len(stages)-1].BaseName)
	}
	if base := stages[0].BaseName; base != "golang:${GO_VERSION}" || stages[0].Platform != "$BUILDPLATFORM" {
		t.Errorf("the build stage is from %s on %q", base, stages[0].Platform)
	}
	checkGoVersion(t, *global[0].Args[0].Value)
	return stages[0], stages[1]
}

// checkGoVersion: an older Go than the modules ask for would fetch another one during the build.
func checkGoVersion(t *testing.T, version string) {
	t.Helper()
	for _, module := range []string{"go.mod", "../../go.mod"} {
		text, err := os.ReadFile(module)
		must(t, err)
		_, after, _ := strings.Cut(string(text), "\ngo ")
		asked, _, _ := strings.Cut(after, "\n")
		if numbers(t, version) < numbers(t, asked) {
			t.Errorf("the Dockerfile has Go %s, %s asks for %s", version, module, asked)
		}
	}
}

func numbers(t *testing.T, version string) int {
	t.Helper()
	var major, minor, patch int
	if _, err := fmt.Sscanf(version, "%d.%d.%d", &major, &minor, &patch); err != nil {
		t.Fatalf("%q is no exact version of Go: %v", version, err)
	}
	return major*1e6 + minor*1e3 + patch
}

func TestDockerfileMakesTheSameConfig(t *testing.T) {
	_, final := dockerfile(t)
	want, err := image(t, "amd64").ConfigFile()
	must(t, err)
	got := configOf(t, final)
	ko := slices.DeleteFunc(slices.Clone(want.Config.Env), func(v string) bool { return strings.HasPrefix(v, "KO_DATA_PATH=") })
	if slices.Sort(ko); !slices.Equal(got.Env, ko) {
		t.Errorf("the environment is %q, with ko %q", got.Env, ko)
	}
	if got.User != want.Config.User || got.WorkingDir != want.Config.WorkingDir ||
		!slices.Equal(got.Entrypoint, want.Config.Entrypoint) || !slices.Equal(got.Cmd, want.Config.Cmd) {
		t.Errorf("it runs as %+v, with ko as %+v", got, want.Config)
	}
	if !maps.Equal(got.ExposedPorts, want.Config.ExposedPorts) || !maps.Equal(got.Labels, want.Config.Labels) {
		t.Errorf("ports and labels are %v %v, with ko %v %v", got.ExposedPorts, got.Labels, want.Config.ExposedPorts, want.Config.Labels)
	}
}

// arguments are what the make target gives.
func arguments() map[string]string {
	s := testSource()
	return map[string]string{"VERSION": s.Version, "REVISION": s.Revision, "CREATED": "2025-10-09T08:53:20Z", "TARGETARCH": "amd64"}
}

func configOf(t *testing.T, stage instructions.Stage) v1.Config {
	t.Helper()
	c := v1.Config{ExposedPorts: map[string]struct{}{}, Labels: map[string]string{}}
	declared := map[string]string{}
	for _, command := range stage.Commands {
		switch i := command.(type) {
		case *instructions.ArgCommand:
			declared[i.Args[0].Key] = arguments()[i.Args[0].Key]
		case *instructions.LabelCommand:
			for _, label := range i.Labels {
				c.Labels[label.Key] = os.Expand(strings.Trim(label.Value, `"`), func(name string) string { return declared[name] })
			}
		case *instructions.EnvCommand:
			for _, variable := range i.Env {
				c.Env = append(c.Env, variable.Key+"="+variable.Value)
			}
		case *instructions.UserCommand:
			c.User = i.User
		case *instructions.WorkdirCommand:
			c.WorkingDir = i.Path
		case *instructions.ExposeCommand:
			c.ExposedPorts[i.Ports[0]+"/tcp"] = struct{}{}
		case *instructions.EntrypointCommand:
			c.Entrypoint = i.CmdLine
		case *instructions.CopyCommand:
		default:
			t.Errorf("the final stage has a %s", command.Name())
		}
	}
	slices.Sort(c.Env)
	return c
}

// TestDockerfileMakesTheSameFiles carries out the commands of the build stage in a copy of what .dockerignore leaves, takes
// what the final stage copies, and compares it with the image that ko built: paths, modes, owners and content.
func TestDockerfileMakesTheSameFiles(t *testing.T) {
	build, final := dockerfile(t)
	context := buildContext(t)
	runStage(t, build, context)
	t.Cleanup(func() { _ = os.Chmod(filepath.Join(context, "out/ko-app"), 0o700) }) // or it could not be removed

	got := map[string]string{}
	for _, command := range final.Commands {
		if c, ok := command.(*instructions.CopyCommand); ok {
			if c.From != "build" || c.DestPath != "/" || len(c.SourcePaths) != 1 {
				t.Fatalf("the test does not know %s", c)
			}
			maps.Copy(got, copied(t, filepath.Join(context, strings.TrimPrefix(c.SourcePaths[0], "/src")), c.Chown))
		}
	}
	want := map[string]string{}
	for path, e := range entries(t, image(t, "amd64")) {
		if !strings.HasPrefix(path, "/var") { // ko's place for data; there is none
			want[path] = describe(e.Header.Mode, fmt.Sprintf("%d:%d", e.Header.Uid, e.Header.Gid), e.Content)
		}
	}
	for _, path := range sorted(want) {
		if got[path] != want[path] {
			t.Errorf("%s is %q, with ko %q", path, got[path], want[path])
		}
		delete(got, path)
	}
	if len(got) > 0 {
		t.Errorf("the Dockerfile's image also has %q", sorted(got))
	}
}

// copied describes what COPY takes from dir, owned by owner.
func copied(t *testing.T, dir, owner string) map[string]string {
	t.Helper()
	all := map[string]string{}
	must(t, filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || path == dir {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		var content []byte
		if !e.IsDir() {
			if content, err = os.ReadFile(path); err != nil {
				return err
			}
		}
		all[strings.TrimPrefix(path, strings.TrimSuffix(dir, "/"))] = describe(int64(info.Mode().Perm()), owner, content)
		return nil
	}))
	return all
}

func describe(mode int64, owner string, content []byte) string {
	return fmt.Sprintf("%04o %s %x", mode, owner, sha256.Sum256(content))
}
