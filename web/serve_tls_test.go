package web_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"walletwatch/secret"
	"walletwatch/web"
)

// certificate writes a fresh certificate for 127.0.0.1 and its key into dir and returns a pool that trusts it.
func certificate(t *testing.T, dir string) *x509.CertPool {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	cert := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	write(t, filepath.Join(dir, "cert.pem"), string(cert))
	write(t, filepath.Join(dir, "key.pem"), string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})))
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(cert)
	return pool
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// serve starts Serve on a real socket and returns its address; the test's end stops it and checks its result.
func serve(t *testing.T, h http.Handler, webConfigFile string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- bare(t).Serve(ctx, l, h, webConfigFile) }()
	t.Cleanup(func() {
		stop()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	return l.Addr().String()
}

func TestServeWithTLSAndBasicAuth(t *testing.T) {
	dir := t.TempDir()
	pool := certificate(t, dir)
	file := filepath.Join(dir, "web.yml")
	// The hash is bcrypt of "correct horse" at the lowest cost.
	write(t, file, `
tls_server_config: {cert_file: cert.pem, key_file: key.pem}
http_server_config: {headers: {Content-Security-Policy: "default-src 'self'"}}
basic_auth_users: {prometheus: $2a$04$j8nHfGxzmway/sUC70xksesobNcz1jb5.ft6b364MxDidz/YegAbm}
`)
	h := newServer(t, web.Config{AdminToken: secret.Literal("s3cret"), Reload: func(context.Context) error { return nil }})
	address := serve(t, h, file)
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}, ForceAttemptHTTP2: true}
	defer transport.CloseIdleConnections()

	for _, test := range []struct {
		name, method, path, password, bearer string
		status                               int
	}{
		{"nobody", "GET", "/metrics", "", "", 401},
		{"wrong password", "GET", "/", "wrong horse", "", 401},
		{"the page", "GET", "/", "correct horse", "", 200},
		{"metrics", "GET", "/metrics", "correct horse", "", 200},
		{"nowhere", "GET", "/nothing", "correct horse", "", 404},
		{"reload with both secrets", "POST", "/-/reload", "correct horse", "s3cret", 200},
		{"reload without the token", "POST", "/-/reload", "correct horse", "", 401},
	} {
		t.Run(test.name, func(t *testing.T) {
			r, err := http.NewRequest(test.method, "https://"+address+test.path, nil)
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("X-Request-Id", "tls-1")
			if test.password != "" {
				r.SetBasicAuth("prometheus", test.password)
			}
			if test.bearer != "" {
				r.Header.Add("Authorization", "Bearer "+test.bearer)
			}
			w, err := transport.RoundTrip(r)
			if err != nil {
				t.Fatal(err)
			}
			defer w.Body.Close()
			if w.StatusCode != test.status || w.ProtoMajor != 2 {
				t.Errorf("%s %s", w.Proto, w.Status)
			}
			if ids := w.Header.Values("X-Request-Id"); len(ids) != 1 || ids[0] != "tls-1" {
				t.Errorf("X-Request-Id %q", ids)
			}
			policy := w.Header.Get("Content-Security-Policy")
			if own := policy == "default-src 'self'"; !own {
				t.Errorf("the operator's Content-Security-Policy was replaced by %q", policy)
			}
			if test.status >= 400 {
				var body struct{ Error failure }
				if err := json.NewDecoder(w.Body).Decode(&body); err != nil || body.Error.Name == "" {
					t.Errorf("no envelope: %+v, %v", body, err)
				}
			}
		})
	}
}

func TestServeRefusesABadWebConfigFile(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"unknown key": "tls_sever_config: {}",
		"no key":      "tls_server_config: {cert_file: cert.pem}",
		"no hash":     "basic_auth_users: {prometheus: plain}",
	} {
		file := filepath.Join(dir, "web.yml")
		write(t, file, text)
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		err = bare(t).Serve(t.Context(), l, http.NotFoundHandler(), file)
		if err == nil || !strings.Contains(err.Error(), l.Addr().String()) {
			t.Errorf("%s: %v", name, err)
		}
		if c, err := net.Dial("tcp", l.Addr().String()); err == nil {
			c.Close()
			t.Errorf("%s: the listener is still open", name)
		}
	}
}
