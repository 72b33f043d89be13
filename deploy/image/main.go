// Image builds walletwatch's container image with ko, for linux/amd64 and linux/arm64: without a container engine, without
// a registry, and without an image of somebody else as its base. It also uploads it, if asked.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "image:", err)
		os.Exit(1)
	}
}

// run builds, saves and, with --push, uploads the image that args describe.
func run(ctx context.Context, args []string, stdout io.Writer) error {
	flags := flag.NewFlagSet("image", flag.ContinueOnError)
	source := Source{}
	flags.StringVar(&source.Dir, "source", "../..", "the `directory` with walletwatch's source")
	flags.StringVar(&source.Version, "version", "dev", "the `version` to stamp; also the image's tag")
	flags.StringVar(&source.Revision, "revision", "unknown", "the `commit` to stamp")
	created := flags.Int64("created", 0, "when the image was made, in `seconds` since 1970: the commit's time makes builds repeatable")
	output := flags.String("output", "../../bin/image", "the `directory` to write to")
	repository := flags.String("push", "", "a `repository` to upload to, such as ghcr.io/you/walletwatch")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return errors.New("arguments are not expected, only flags (--help lists them)")
	}
	source.Created = time.Unix(*created, 0).UTC()
	return produce(ctx, source, *output, *repository, stdout)
}

func produce(ctx context.Context, source Source, output, repository string, stdout io.Writer) error {
	index, err := source.Build(ctx, filepath.Join(output, "sbom"))
	if err != nil {
		return err
	}
	if err := save(output, index, tag(source.Version)); err != nil {
		return err
	}
	fmt.Fprintf(stdout, "%s holds the image of walletwatch %s\n", output, source.Version)
	if repository == "" {
		return nil
	}
	ref, err := push(ctx, index, repository, tag(source.Version))
	if err != nil {
		return err
	}
	fmt.Fprintln(stdout, ref)
	return nil
}

// tag makes a version a tag: build metadata follows a +, which tags cannot have.
func tag(version string) string { return strings.ReplaceAll(version, "+", "-") }
