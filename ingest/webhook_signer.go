package ingest

import (
	"net/http"

	"walletwatch/octopus"
	"walletwatch/problem"
)

// signer is an account that takes webhooks, with the secrets that they are signed with.
type signer struct {
	account string
	keys    *keyring
}

func newSigners(s *Server) []signer {
	var signers []signer
	for _, a := range s.accounts {
		if a.WebhookSecret.IsSet() {
			keys := newKeyring("the webhook secret of account "+a.Name, a.WebhookSecret, s.now, s.logger)
			signers = append(signers, signer{a.Name, keys})
		}
	}
	return signers
}

// signersOf returns those whose signature a request may bear: one account's, or with "" everyone's.
func (h *webhooks) signersOf(account string) ([]signer, error) {
	if len(h.signers) == 0 {
		return nil, problem.NotFound("No account takes webhooks here: no webhook secret is set.")
	}
	if account == "" {
		return h.signers, nil
	}
	for i, s := range h.signers {
		if s.account == account {
			return h.signers[i : i+1], nil
		}
	}
	return nil, problem.NotFound("No account of this name takes webhooks: it is not configured, or it has no webhook secret.")
}

// signedBy returns the one account whose signature the body bears. All are tried. One whose secret cannot be read must
// not keep the others from theirs, but when the body is none of theirs, it may be its own.
func signedBy(signers []signer, body []byte, signature string) (account string, err error) {
	found, unreadable := 0, false
	for _, s := range signers {
		secrets, err := s.keys.secrets()
		if err != nil { // logged by the keyring
			unreadable = true
			continue
		}
		if octopus.Verify(body, signature, secrets) {
			account = s.account
			found++
		}
	}
	switch {
	case found == 0 && unreadable:
		return "", refuseLater(reasonUnreadableSecret, "5", "SECRET_UNREADABLE",
			"The webhook secret cannot be read at present: send this webhook again.")
	case found == 0:
		return "", refuse(reasonBadSignature, http.StatusUnauthorized, "UNAUTHORIZED",
			"X-Signature must be the HMAC-SHA256 of the body under the webhook secret, in hex.")
	case found == 1:
		return account, nil
	}
	return "", refuse(reasonAmbiguous, http.StatusBadRequest, "AMBIGUOUS",
		"Several accounts have the secret that signed this: send it to /webhooks/octopus/{account}.")
}
