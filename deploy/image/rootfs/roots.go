package rootfs

import (
	"bytes"
	"encoding/pem"
	"fmt"

	"golang.org/x/crypto/x509roots/fallback/bundle"
)

// roots returns Mozilla's certificate authorities as PEM, from a Go module whose version go.mod pins: the same on every
// machine that builds. Those that Mozilla trusts only under a condition are left out, because PEM cannot carry it.
func roots() []byte {
	var all bytes.Buffer
	for root := range bundle.Roots() {
		if root.Constraint != nil {
			continue
		}
		fmt.Fprintf(&all, "%s", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: root.Certificate}))
	}
	return all.Bytes()
}
