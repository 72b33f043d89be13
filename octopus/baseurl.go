package octopus

import (
	"errors"
	"net"
	"net/url"
	"strings"
)

// parseBaseURL refuses what would send credentials in the clear. Its errors never quote the URL: a mistyped one
// may hold a password.
func parseBaseURL(s string) (*url.URL, error) {
	u, err := url.Parse(s)
	switch {
	case err != nil || u.Hostname() == "" || u.Opaque != "":
		return nil, errors.New("the base URL is not a URL such as https://api.example.com")
	case u.User != nil:
		return nil, errors.New("the base URL holds a user name or password; the API key and secret are set separately")
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return nil, errors.New("the base URL has a query or fragment; give scheme, host and path only")
	case u.Scheme == "https":
	case u.Scheme == "http" && isLoopback(u.Hostname()):
	case u.Scheme == "http":
		return nil, errors.New("the base URL is http, which would send the credentials in the clear; use https (http is for loopback hosts only)")
	default:
		return nil, errors.New("the scheme of the base URL is not https")
	}
	u.Path = strings.TrimRight(u.Path, "/")
	u.RawPath = ""
	return u, nil
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}
