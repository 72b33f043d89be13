// Mkroot writes the image's files besides the binary into a directory, for the Dockerfile.
package main

import (
	"fmt"
	"os"

	"walletwatch/deploy/image/rootfs"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: mkroot THRESHOLDS DIRECTORY")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "mkroot:", err)
		os.Exit(1)
	}
}

func run(policy, dir string) error {
	thresholds, err := os.ReadFile(policy)
	if err != nil {
		return fmt.Errorf("reading the policy to ship: %w", err)
	}
	return rootfs.WriteDir(dir, rootfs.Files(thresholds))
}
