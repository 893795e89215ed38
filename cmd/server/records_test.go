package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The demo's past stands in chains and figures that agree, an advisor's records
// are exported while the program serves, and the file is checked by itself.
func TestRecordsAreExportedAndVerified(t *testing.T) {
	p := demoWithAdmin(t)
	p.start()
	lawyer := p.login("demo-advisor-1")
	file := filepath.Join(t.TempDir(), "records.jsonl")
	if out := p.must("export", "records", "--advisor", lawyer.Person.ID, file); !strings.Contains(out, "履历记录") {
		t.Error(out)
	}
	if err := p.stop(); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if n := bytes.Count(text, []byte{'\n'}); n < 30 {
		t.Errorf("a year is %d lines", n)
	}
	for _, word := range []string{"邓凯川", "宅基地", "开庭", "rdemo"} { // names, texts, residents
		if bytes.Contains(text, []byte(word)) {
			t.Errorf("%q stands in the file", word)
		}
	}
	nowhere := &program{t: t, env: map[string]string{}} // neither settings nor a store
	if out := nowhere.must("verify", file); !strings.Contains(out, lawyer.Person.ID) {
		t.Error(out)
	}
	digests, err := filepath.Glob(filepath.Join(p.env["DATA_DIR"], "digests", "*.json"))
	if err != nil || len(digests) != 1 {
		t.Fatalf("%v: %d digests", err, len(digests))
	}
	if out := nowhere.must("verify", file, "--digest", digests[0]); !strings.Contains(out, "一致") {
		t.Error(out)
	}
	lines := bytes.SplitAfter(text, []byte{'\n'})
	for name, touched := range map[string][]byte{
		"a byte":     bytes.Replace(text, []byte(`"minutes":150`), []byte(`"minutes":950`), 1),
		"two lines":  bytes.Join(append(append(append([][]byte{}, lines[:2]...), lines[3], lines[2]), lines[4:]...), nil),
		"the tail":   bytes.Join(lines[:len(lines)-3], nil),
		"everything": nil,
	} {
		if err := os.WriteFile(file, touched, 0o600); err != nil {
			t.Fatal(err)
		}
		nowhere.refused(errTold, "verify", file)
		if bytes.Equal(touched, text) {
			t.Errorf("%s: nothing was touched", name)
		}
	}
	for _, check := range []string{"verify", "tallies"} {
		if out := p.must("repair", check); !strings.Contains(out, " 0 problems") {
			t.Error(out)
		}
	}
	if out, err := p.command("export", "records", "--advisor", "ghost", file); err == nil {
		t.Error(out)
	}
}
