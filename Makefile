# The verbs of this project. "make test" is all that CI runs.
GO ?= go
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
REVISION ?= $(shell git rev-parse --short=12 HEAD 2>/dev/null || echo unknown)
CREATED ?= $(shell git log -1 --format=%ct 2>/dev/null || echo 0)
CREATED_AT ?= $(shell TZ=UTC git log -1 --date=format-local:%FT%TZ --format=%cd 2>/dev/null || echo 1970-01-01T00:00:00Z)
STAMP = -X github.com/prometheus/common/version.Version=$(VERSION) -X github.com/prometheus/common/version.Revision=$(REVISION)

# Modules of their own, so that the daemon depends on nothing that only builds and tests how it is deployed.
DEPLOY = deploy/image deploy/kubernetes deploy/prometheus deploy/grafana

.PHONY: demo test bench lint build image image-docker needs generate

demo: ## watch simulated wallets
	$(GO) run . demo

build: ## a static binary in bin/
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags '-s -w $(STAMP)' -o bin/walletwatch .

image: ## the container image in bin/image/, without Docker; KO_DOCKER_REPO=ghcr.io/you/walletwatch uploads it
	cd deploy/image && $(GO) run . --version '$(VERSION)' --revision '$(REVISION)' --created '$(CREATED)' $(if $(KO_DOCKER_REPO),--push '$(KO_DOCKER_REPO)')

image-docker: ## the same image from the Dockerfile, with docker buildx
	mkdir -p bin/image
	SOURCE_DATE_EPOCH='$(CREATED)' docker buildx build -f deploy/image/Dockerfile --platform linux/amd64,linux/arm64 --sbom=true \
	  --build-arg VERSION='$(VERSION)' --build-arg REVISION='$(REVISION)' --build-arg CREATED='$(CREATED_AT)' \
	  -t 'walletwatch:$(VERSION)' --output type=oci,dest=bin/image/docker.tar .

test: needs ## everything: formatting, vet, all tests with the race detector
	@test -z "$$(gofmt -l .)" || { echo "not formatted: $$(gofmt -l .)"; exit 1; }
	$(GO) vet ./...
	$(GO) test -race -timeout 12m ./...
	$(GO) test -timeout 6m -run TestMonth . # the whole month: with the race detector it is a few days
	@for module in $(DEPLOY); do echo "$$module:" && (cd $$module && $(GO) vet ./... && $(GO) test -timeout 8m ./...) || exit 1; done

bench: ## the figures of the README, as ratios against a floor measured in the same run
	$(GO) test -run '^$$' -bench 'PollCycle|Process|Store' -benchtime 15x -timeout 30m .
	$(GO) test -run '^$$' -bench 'Failover' -benchtime 1x -timeout 15m .
	$(GO) test -run '^$$' -bench 'Ingest' -benchtime 5x -timeout 10m .
	$(GO) test -run '^$$' -bench 'Page' -benchtime 120x -timeout 10m .
	$(GO) test -run '^$$' -bench 'Flood' -benchtime 1x -timeout 10m .
	$(GO) test -run '^$$' -bench 'Scrape' -benchtime 15x ./web

lint: ## staticcheck and the vulnerability database; needs the network
	$(GO) run honnef.co/go/tools/cmd/staticcheck@v0.8.2 ./...
	$(GO) run golang.org/x/vuln/cmd/govulncheck@v1.9.0 ./...

generate: ## the JSON Schema of thresholds.yaml, the dashboards, and the manifests' copies of what stands elsewhere
	$(GO) test ./config -run TestSchemaIsCommitted -update
	cd deploy/grafana && $(GO) generate ./...
	cd deploy/kubernetes && $(GO) test -run TestCopiesAreCurrent -update .

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
