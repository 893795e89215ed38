# 村居法顾 villagecounsel. `make` says what there is.

SERVER := bin/server
VIEWER := handlers/assets/swagger-ui-bundle.js
LINT   := bin/golangci-lint
TOOLS  := .ci/tools

.DEFAULT_GOAL := help
.PHONY: help run build assets test check lint bench crash fuzz clean

help: ## Say what there is
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'

run: build ## Build and start the whole thing with demo data on the embedded engine
	DEMO=1 $(SERVER) serve

build: assets ## Build bin/server with everything it embeds
	go build -trimpath -o $(SERVER) ./cmd/server

assets: $(VIEWER) ## Fetch what the program embeds from npm

$(VIEWER): handlers/viewer/package.json handlers/viewer/package-lock.json
	cd handlers/viewer && npm ci --no-audit --no-fund --loglevel=error && npm run --silent build
	@touch $@

test: ## Run all tests, races watched; a short crash test among them
	go test -race -timeout 30m ./...

check: lint ## Hold the source to its rules
	@test -z "$$(gofmt -l .)" || { echo 'gofmt would change:'; gofmt -l .; exit 1; }
	go vet ./...
	go mod tidy -diff
	go fix -diff ./...

lint: $(LINT)
	$(LINT) run ./...

$(LINT): $(TOOLS)/go.mod
	cd $(TOOLS) && go build -o $(CURDIR)/$(LINT) github.com/golangci/golangci-lint/v2/cmd/golangci-lint

bench: ## Measure what must be fast, into docs/bench.md
	go run ./cmd/bench

crash: ## Kill the server at random moments, at length
	CRASH_ROUNDS=50 go test -count=1 -timeout 60m -run TestCrash -v ./cmd/server

FUZZTIME ?= 2m
fuzz: ## Fuzz every fuzz target for FUZZTIME each
	@for pkg in $$(go list ./...); do \
	  for target in $$(go test -list '^Fuzz' $$pkg | grep '^Fuzz'); do \
	    echo "$$pkg $$target"; go test -run '^$$' -fuzz "^$$target$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 5x $$pkg || exit 1; \
	  done; \
	done

clean: ## Remove what was built; the data stays
	rm -rf bin handlers/viewer/node_modules handlers/assets/swagger-ui*
