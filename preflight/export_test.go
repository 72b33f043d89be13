package preflight

import "walletwatch/octopus"

// DecodeReference reads a reference file and returns what it says in its own format again.
func DecodeReference(text []byte) ([]byte, error) {
	r, err := decodeReference(text)
	if err != nil {
		return nil, err
	}
	return r.encode(), nil
}

// StoreReference leaves the file that a run leaves which dies right before it orders.
func (a *Account) StoreReference(path string, p octopus.Purchase) error {
	return storeNew(path, newReference(a.name, a.host, p, a.now()))
}
