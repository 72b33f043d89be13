# The verbs of this project. "make test" is all that CI runs.
GO ?= go
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
REVISION ?= $(shell git rev-parse --short=12 HEAD 2>/dev/null || echo unknown)
STAMP = -X github.com/prometheus/common/version.Version=$(VERSION) -X github.com/prometheus/common/version.Revision=$(REVISION)

.PHONY: demo test bench lint build needs generate

demo: ## watch simulated wallets
	$(GO) run . demo

build: ## a static binary in bin/
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags '-s -w $(STAMP)' -o bin/walletwatch .

test: needs ## everything: formatting, vet, all tests with the race detector
	@test -z "$$(gofmt -l .)" || { echo "not formatted: $$(gofmt -l .)"; exit 1; }
	$(GO) vet ./...
	$(GO) test -race -timeout 12m ./...
	$(GO) test -timeout 6m -run TestMonth . # the whole month: with the race detector it is a few days

bench: ## the figures of the README, as ratios against a floor measured in the same run
	$(GO) test -run '^$$' -bench 'PollCycle|Process' -benchtime 15x -timeout 30m .
	$(GO) test -run '^$$' -bench 'Ingest' -benchtime 5x -timeout 10m .
	$(GO) test -run '^$$' -bench 'Page' -benchtime 120x -timeout 10m .
	$(GO) test -run '^$$' -bench 'Flood' -benchtime 1x -timeout 10m .
	$(GO) test -run '^$$' -bench 'Scrape' -benchtime 15x ./web

lint: ## staticcheck and the vulnerability database; needs the network
	$(GO) run honnef.co/go/tools/cmd/staticcheck@v0.8.2 ./...
	$(GO) run golang.org/x/vuln/cmd/govulncheck@v1.9.0 ./...

generate: ## the JSON Schema of thresholds.yaml
	$(GO) test ./config -run TestSchemaIsCommitted -update

# The race detector needs a C compiler, and the tests a PostgreSQL server and Prometheus of their own.
needs:
	@command -v $(GO) >/dev/null || { echo 'Go 1.26 or later is needed: https://go.dev/dl/'; exit 1; }
	@missing=; \
	command -v gcc >/dev/null || command -v clang >/dev/null || missing="$$missing gcc libc6-dev"; \
	ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 || command -v postgres >/dev/null || missing="$$missing postgresql"; \
	command -v prometheus >/dev/null && command -v promtool >/dev/null || missing="$$missing prometheus"; \
	test -z "$$missing" || { \
		if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
			apt-get update -qq && DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get install -y -qq --no-install-recommends $$missing; \
		else echo "The tests need these Debian packages: install$$missing"; exit 1; fi; }
