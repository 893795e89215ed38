# 村居法顾 villagecounsel. `make` says what there is.

SERVER := bin/server
VIEWER := handlers/assets/swagger-ui-bundle.js
LINT   := bin/golangci-lint
TOOLS  := .ci/tools

# Where Go source lies: npm's packages bring some too.
ROOMS := cmd handlers services store

CLIENT   := miniprogram
MODULES  := $(CLIENT)/node_modules/.package-lock.json
LIBRARY  := $(CLIENT)/src/miniprogram_npm
CONTRACT := $(CLIENT)/src/types/contract.d.ts
COMPILER := $(CLIENT)/weapp/node_modules/.package-lock.json
APP      := handlers/assets/app/index.html
# Folders are listed too: they tell when a file was removed.
PAGES    := $(shell find $(CLIENT)/src $(CLIENT)/stage -path '$(LIBRARY)' -prune -o -path '$(CLIENT)/stage/test' -prune -o -print)

INSTALL := npm ci --no-audit --no-fund --loglevel=error

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run build assets test check lint weapp pictures bench crash fuzz clean

help: ## Say what there is
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'

run: build ## Build and start the whole thing with demo data on the embedded engine
	DEMO=1 $(SERVER) serve

build: assets ## Build bin/server with everything it embeds
	go build -trimpath -o $(SERVER) ./cmd/server

assets: $(VIEWER) $(APP) ## Make what the program embeds: the contract's reader, the mini-program for a browser

$(VIEWER): handlers/viewer/package.json handlers/viewer/package-lock.json
	cd handlers/viewer && $(INSTALL) && npm run --silent build
	@touch $@

$(APP): $(MODULES) $(LIBRARY) $(CONTRACT) $(PAGES)
	cd $(CLIENT) && npm run --silent stage
	@touch $@

$(MODULES): $(CLIENT)/package-lock.json
	cd $(CLIENT) && $(INSTALL)
	@touch $@

$(LIBRARY): $(MODULES) $(CLIENT)/package.json
	cd $(CLIENT) && npm run --silent npm
	@touch $@

$(CONTRACT): handlers/openapi.yaml $(CLIENT)/contract/package.json $(CLIENT)/contract/package-lock.json
	cd $(CLIENT)/contract && $(INSTALL) && npm run --silent build

test: build ## Run all tests, races watched; a short crash test among them; then the mini-program's, in a browser
	go test -race -timeout 30m ./...
	$(CLIENT)/needs.sh
	cd $(CLIENT) && npm test --silent

check: lint $(MODULES) $(LIBRARY) $(CONTRACT) ## Hold the source to its rules
	@test -z "$$(gofmt -l $(ROOMS))" || { echo 'gofmt would change:'; gofmt -l $(ROOMS); exit 1; }
	go vet ./...
	go mod tidy -diff
	go fix -diff ./...
	cd $(CLIENT) && npm run --silent typecheck && npm run --silent lint

lint: $(LINT)
	$(LINT) run ./...

$(LINT): $(TOOLS)/go.mod
	cd $(TOOLS) && go build -o $(CURDIR)/$(LINT) github.com/golangci/golangci-lint/v2/cmd/golangci-lint

weapp: $(COMPILER) $(LIBRARY) $(CONTRACT) ## Compile the mini-program with WeChat's compiler and measure its packages
	cd $(CLIENT)/weapp && npm run --silent compile

$(COMPILER): $(CLIENT)/weapp/package.json $(CLIENT)/weapp/package-lock.json
	cd $(CLIENT)/weapp && $(INSTALL)
	@touch $@

pictures: build ## Take pictures of every page of the mini-program; the best into docs/pictures
	$(CLIENT)/needs.sh
	cd $(CLIENT) && npm run --silent pictures

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
	rm -rf bin handlers/viewer/node_modules handlers/assets/swagger-ui* handlers/assets/app
	rm -rf $(CLIENT)/node_modules $(CLIENT)/contract/node_modules $(CLIENT)/weapp/node_modules $(LIBRARY) $(CONTRACT)
