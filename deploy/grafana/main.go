// Command grafana writes walletwatch's Grafana dashboards to the folder dashboards.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"walletwatch/deploy/grafana/boards"
)

//go:generate go run .

func main() {
	if err := write("dashboards"); err != nil {
		fmt.Fprintln(os.Stderr, "writing the dashboards:", err)
		os.Exit(1)
	}
}

func write(folder string) error {
	files, err := boards.Files()
	if err != nil {
		return err
	}
	for _, f := range files {
		if err := os.WriteFile(filepath.Join(folder, f.Name), f.Text, 0o644); err != nil {
			return err
		}
	}
	return nil
}
