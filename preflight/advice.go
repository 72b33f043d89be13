package preflight

import (
	"context"
	"errors"
	"net/http"

	"walletwatch/octopus"
)

// refusal is the finding that a call of the API failed. Its text names the endpoint, the status and the request id,
// which the vendor asks for.
func refusal(err error) Finding { return failed(advise(err), "%v", err) }

// advise says what to do about a call of the API that failed.
func advise(err error) string {
	e, answered := errors.AsType[*octopus.Error](err)
	switch {
	case !answered && errors.Is(err, context.DeadlineExceeded):
		return "check the network between here and the API, or give it longer with --timeout; if it stays slow, give the vendor the request id"
	case !answered:
		return "check name resolution, proxy and firewall between here and the API, then run again"
	case e.Status == http.StatusUnauthorized:
		return "check the API key and secret: sandbox and production have their own"
	case e.Status == http.StatusForbidden:
		return "ask the vendor to list the IP address of this machine, and whether this is enabled for the account"
	case e.Status == http.StatusTooManyRequests:
		return "wait a minute, then run again"
	case e.Status/100 == 5:
		return "run again; if it stays so, give the vendor the request id"
	case e.Status/100 == 3, e.Status == http.StatusNotFound:
		return "check the base URL; for a product, check its id"
	case e.Status/100 == 2:
		return "check that the base URL is that of the API and that nothing in between changes its answers"
	}
	return "mend what the API objects to; if that is unclear, give the vendor the request id"
}
