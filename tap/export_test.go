package tap

// Strip is what would leave the process of a response: one JSON object, without its age.
func Strip(response []byte, balancePaths ...string) (record string, ok bool) {
	allowed, err := newAllowed(balancePaths)
	if err != nil {
		panic(err)
	}
	text, ok := allowed.strip(response)
	if !ok {
		return "", false
	}
	return string(text) + "}", true
}

// Gunzip decompresses as copier does.
func Gunzip(compressed []byte) (plain []byte, fits bool) {
	w, fits := gunzip(compressed)
	return w.bytes, fits
}

// Wiped copies the pieces as copier does, wipes, and returns every array that the copy was ever in.
func Wiped(pieces ...[]byte) (arrays [][]byte) {
	w := newWiped(0)
	for _, piece := range pieces {
		w.add(piece)
		arrays = append(arrays, w.bytes)
	}
	w.wipe()
	return arrays
}
