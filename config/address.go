package config

import (
	"errors"
	"net/netip"
	"net/url"
	"strings"
)

// baseURL checks an address that paths are appended to and returns it without its final "/". The error never repeats
// the address, which may hold a password.
func baseURL(s string) (string, error) {
	u, err := parseURL(s)
	if err != nil {
		return "", err
	}
	switch {
	case u.User != nil:
		return "", errors.New("the address must not contain a user or a password: remove everything before the @")
	case u.RawQuery != "" || u.ForceQuery || strings.Contains(s, "#"):
		return "", errors.New("the address must end before any ? or #")
	case !private(u):
		return "", errors.New("the address must start with https:// (http:// is allowed only to this machine, as in http://localhost:8080)")
	}
	return strings.TrimRight(s, "/"), nil
}

// private reports whether what is sent to u cannot be read on the way.
func private(u *url.URL) bool {
	return u.Scheme == "https" || u.Scheme == "http" && isLoopback(u.Hostname())
}

func isLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}

// parseURL reads an absolute address with a host. Its error, unlike net/url's, does not repeat the address.
func parseURL(s string) (*url.URL, error) {
	u, err := url.Parse(s)
	if err != nil || u.Hostname() == "" {
		return nil, errors.New("this is not a complete address such as https://api.example.com")
	}
	return u, nil
}
