package draw

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"
)

// Screenshot takes a picture of a page with Debian's chromium, which loads nothing from anywhere.
func Screenshot(ctx context.Context, page Page, path string) error {
	browser, err := exec.LookPath("chromium")
	if err != nil {
		return fmt.Errorf("a browser is needed: install Debian's package chromium: %w", err)
	}
	dir, err := os.MkdirTemp("", "walletwatch-picture-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	source := filepath.Join(dir, "page.html")
	if err := os.WriteFile(source, []byte(page.HTML), 0o600); err != nil {
		return err
	}
	absolute, err := filepath.Abs(path)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
		"--disable-background-networking", "--disable-component-update", "--disable-sync", "--hide-scrollbars",
		"--user-data-dir="+filepath.Join(dir, "profile"), fmt.Sprintf("--window-size=%d,%d", pageWidth, page.Height),
		"--screenshot="+absolute, "file://"+source)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("taking a picture: %w\n%s", err, out)
	}
	return shrink(path)
}

// shrink writes a picture again as small as PNG can: chromium writes it fast instead.
func shrink(path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	full, err := png.Decode(bytes.NewReader(text))
	if err != nil {
		return fmt.Errorf("reading %s: %w", path, err)
	}
	var small bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestCompression}
	if err := encoder.Encode(&small, opaque(full)); err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	return os.WriteFile(path, small.Bytes(), 0o644)
}

// opaque leaves out of a page's picture what it does not have: transparency, and more colours than a panel needs.
func opaque(full image.Image) image.Image {
	small := image.NewPaletted(full.Bounds(), colours(full))
	draw.Draw(small, small.Bounds(), full, full.Bounds().Min, draw.Src)
	return small
}

// colours are the 256 most frequent ones of a picture.
func colours(full image.Image) color.Palette {
	counts := map[color.Color]int{}
	for y := full.Bounds().Min.Y; y < full.Bounds().Max.Y; y++ {
		for x := full.Bounds().Min.X; x < full.Bounds().Max.X; x++ {
			counts[full.At(x, y)]++
		}
	}
	all := slices.SortedFunc(maps.Keys(counts), func(a, b color.Color) int { return counts[b] - counts[a] })
	return all[:min(256, len(all))]
}
