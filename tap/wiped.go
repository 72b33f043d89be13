package tap

// wiped is a growing copy of a response that leaves no piece of it behind in memory.
type wiped struct {
	bytes []byte
}

// newWiped makes room for a body of the given size, -1 if unknown.
func newWiped(size int64) wiped {
	const usual = 2 << 10
	if size < 0 || size > maxBody {
		size = usual
	}
	return wiped{make([]byte, 0, size)}
}

func (w *wiped) len() int { return len(w.bytes) }

// add appends. Unlike append it overwrites the array that it grows out of.
func (w *wiped) add(p []byte) {
	if need := len(w.bytes) + len(p); need > cap(w.bytes) {
		larger := make([]byte, len(w.bytes), max(need, 2*cap(w.bytes)))
		copy(larger, w.bytes)
		clear(w.bytes)
		w.bytes = larger
	}
	w.bytes = append(w.bytes, p...)
}

func (w *wiped) wipe() {
	clear(w.bytes)
	w.bytes = nil
}
