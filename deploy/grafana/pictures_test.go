package main

import (
	"image/png"
	"os"
	"testing"
)

// TestPicturesAreCommitted: every dashboard has a picture, which loads fast.
func TestPicturesAreCommitted(t *testing.T) {
	for _, name := range []string{"overview", "wallet", "health"} {
		path := "../../docs/dashboard-" + name + ".png"
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if info, err := f.Stat(); err != nil || info.Size() > 300<<10 {
			t.Errorf("%s has more than 300 KiB: %v", path, err)
		}
		if _, err := png.DecodeConfig(f); err != nil {
			t.Errorf("%s is no picture: %v", path, err)
		}
	}
}
