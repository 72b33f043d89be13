package main

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/patternmatcher"
	"github.com/moby/patternmatcher/ignorefile"
)

// ignored is what .dockerignore keeps from a build.
func ignored(t *testing.T) *patternmatcher.PatternMatcher {
	t.Helper()
	file, err := os.Open("../../.dockerignore")
	must(t, err)
	defer file.Close()
	patterns, err := ignorefile.ReadAll(file)
	must(t, err)
	matcher, err := patternmatcher.New(patterns)
	must(t, err)
	return matcher
}

func TestDockerignore(t *testing.T) {
	matcher := ignored(t)
	for path, want := range map[string]bool{
		".git/config": true, "bin/walletwatch": true, "walletwatch.db": true, "walletwatch.db-wal": true, "walletwatch.db.lock": true,
		".env": true, "deploy/.env.production": true, "tls/server.key": true, "main_test.go": true, "deploy/kubernetes/go.mod": true,
		"main.go": false, "go.sum": false, "thresholds.yaml": false, "octopus/octopustest/clock.go": false,
		"deploy/image/rootfs/rootfs.go": false, "deploy/image/go.sum": false,
	} {
		if got, err := matcher.MatchesOrParentMatches(path); err != nil || got != want {
			t.Errorf("%s is left out: %v (%v), want %v", path, got, err, want)
		}
	}
}

// buildContext is a copy of the files that a build with Docker gets.
func buildContext(t *testing.T) string {
	t.Helper()
	context, matcher := t.TempDir(), ignored(t)
	source, err := filepath.Abs("../..")
	must(t, err)
	must(t, filepath.WalkDir(source, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(source, path)
		if err != nil || relative == ".git" {
			return skipped(e, err)
		}
		out, err := matcher.MatchesOrParentMatches(relative)
		if err != nil || e.IsDir() || out {
			return err
		}
		return copyFile(path, filepath.Join(context, relative))
	}))
	return context
}

func skipped(e fs.DirEntry, err error) error {
	if err != nil || !e.IsDir() { // the .git of a work tree is a file
		return err
	}
	return fs.SkipDir
}

func copyFile(from, to string) error {
	content, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	return os.WriteFile(to, content, 0o644)
}

// runStage carries out the stage's commands in dir, which stands for its working directory.
func runStage(t *testing.T, stage instructions.Stage, dir string) {
	t.Helper()
	env := slices.Concat(os.Environ(), []string{"GOFLAGS="})
	for _, command := range stage.Commands {
		switch i := command.(type) {
		case *instructions.ArgCommand:
			env = append(env, i.Args[0].Key+"="+arguments()[i.Args[0].Key])
		case *instructions.RunCommand:
			cmd := exec.Command("/bin/sh", "-c", strings.Join(i.CmdLine, " "))
			cmd.Dir, cmd.Env = dir, env
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("%s: %v\n%s", i, err, out)
			}
		case *instructions.WorkdirCommand:
			if i.Path != "/src" {
				t.Fatalf("the test does not know the working directory %s", i.Path)
			}
		case *instructions.CopyCommand:
			if c := i.SourcesAndDest; c.DestPath != "." || !slices.Equal(c.SourcePaths, []string{"."}) {
				t.Fatalf("the test does not know %s", i)
			}
		default:
			t.Fatalf("the test does not know %s", command.Name())
		}
	}
}
