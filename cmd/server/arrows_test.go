package main

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "villagecounsel"

// arrows says which of our packages each of our packages may import. The
// program itself, cmd/…, may import them all.
var arrows = map[string][]string{
	"services/domain":            {},
	"services/lifecycle":         {"services/domain"},
	"services/filecheck":         {"services/domain"},
	"services/schedule":          {"services/domain"},
	"services/sheetfile":         {},
	"services/wechat":            {"services/domain"},
	"services/wechat/wechattest": {"services/domain"},
	"services":                   {"services/domain", "services/filecheck", "services/lifecycle", "services/schedule", "services/sheetfile"},
	"store":                      {"services", "services/domain", "store/embedded"}, // it fills in the port services.Data
	"store/embedded":             {},
	"store/storetest":            {"services", "store", "store/embedded"},
	"handlers":                   {"handlers/reply", "services", "services/domain", "services/schedule"},
	"handlers/reply":             {"services/domain"},
}

// gates says where alone something from outside may be imported: the packages
// below the left are imported by those on the right and by no others.
var gates = map[string][]string{
	"github.com/gin-gonic/gin":            {"handlers"},
	"github.com/golang-jwt/jwt":           {"handlers"},
	"github.com/prometheus/client_golang": {"handlers"},
	"go.mongodb.org/mongo-driver":         {"store", "cmd/bench"}, // the bench empties its own database
	"github.com/FerretDB/FerretDB":        {"store/embedded"},
	"github.com/silenceper/wechat":        {"services/wechat"},
	"github.com/xuri/excelize":            {"services/sheetfile"},
	"net/http":                            {"handlers", "handlers/reply", "services/wechat", "services/wechat/wechattest"},
}

// pure packages import the standard library and our own, nothing else.
var pure = []string{"services/domain", "services/filecheck", "services/lifecycle", "services/schedule"}

// tools are packages that only tests may import.
var tools = []string{"store/storetest", "github.com/getkin/kin-openapi", "github.com/google/go-cmp", "testing"}

type listed struct {
	ImportPath string
	Imports    []string
}

func TestArrows(t *testing.T) {
	cmd := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Imports", module+"/...")
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listed
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		name := strings.TrimPrefix(p.ImportPath, module+"/")
		seen[name] = true
		for _, imported := range p.Imports {
			check(t, name, imported)
		}
	}
	for name := range arrows {
		if !seen[name] {
			t.Errorf("%s stands in the table and is no package", name)
		}
	}
}

func check(t *testing.T, name, imported string) {
	t.Helper()
	program, testing := strings.HasPrefix(name, "cmd/"), name == "store/storetest"
	own, ours := strings.CutPrefix(imported, module+"/")
	allowed, known := arrows[name]
	switch {
	case !program && !known:
		t.Errorf("%s stands in no row of the table", name)
	case ours && !program && !slices.Contains(allowed, own):
		t.Errorf("%s imports %s: the table has no such arrow", name, own)
	case !ours && slices.Contains(pure, name) && strings.Contains(strings.Split(imported, "/")[0], "."):
		t.Errorf("%s imports %s: it may import the standard library alone", name, imported)
	case !testing && slices.ContainsFunc(tools, func(tool string) bool { return below(own, tool) }):
		t.Errorf("%s imports %s: only tests may", name, imported)
	}
	for gate, keepers := range gates {
		if below(imported, gate) && !slices.Contains(keepers, name) && (!program || strings.Contains(gate, ".")) {
			t.Errorf("%s imports %s: only %s may", name, imported, strings.Join(keepers, ", "))
		}
	}
}

// below reports whether a package is the one named, a version of it, or lies
// below it.
func below(pkg, name string) bool { return pkg == name || strings.HasPrefix(pkg, name+"/") }
