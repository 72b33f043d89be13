package tap

import (
	"bytes"
	"compress/gzip"
	"io"
)

// gunzip decompresses as far as it gets: a caller need not read the checksum at the end to have the whole order.
// It is false when there is more than maxBody.
func gunzip(compressed []byte) (plain wiped, fits bool) {
	plain = newWiped(-1)
	r, err := gzip.NewReader(bytes.NewReader(compressed))
	if err != nil {
		return plain, true
	}
	defer overwriteWindow(r)
	var chunk [4 << 10]byte
	defer clear(chunk[:])
	for err == nil {
		var n int
		n, err = r.Read(chunk[:])
		if plain.len()+n > maxBody {
			return plain, false
		}
		plain.add(chunk[:n])
	}
	return plain, true
}

// overwriteWindow makes the decompressor forget: it keeps the last 32 KiB it has put out. So it is given that many zeros,
// as one stored block (RFC 1951, 3.2.4); that no checksum follows is of no consequence.
func overwriteWindow(r *gzip.Reader) {
	const window = 32 << 10
	header := []byte{0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255 /* block: */, 1, window & 0xff, window >> 8, 0xff, 0xff ^ window>>8}
	zeros := make([]byte, len(header)+window)
	copy(zeros, header)
	if r.Reset(bytes.NewReader(zeros)) == nil {
		_, _ = io.Copy(io.Discard, r)
	}
}
