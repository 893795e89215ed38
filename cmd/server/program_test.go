package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// program is the program run in this process, with settings of its own.
type program struct {
	t    *testing.T
	env  map[string]string
	base string
	stop func() error
}

func demo(t *testing.T) *program {
	return &program{t: t, env: map[string]string{
		"DEMO": "1", "DATA_DIR": t.TempDir(), "ADDR": "127.0.0.1:0", "ADMIN_ADDR": "127.0.0.1:0", "RATE_LIMIT": "0",
	}}
}

func (p *program) getenv(name string) string { return p.env[name] }

// template is a folder with a demo store that is seeded once, for tests to
// begin from.
var (
	template string
	seeding  = sync.OnceValue(func() (err error) {
		if template, err = os.MkdirTemp("", "vcdemo"); err != nil {
			return err
		}
		env := map[string]string{"DEMO": "1", "DATA_DIR": template}
		return run(context.Background(), []string{"seed"}, func(name string) string { return env[name] }, io.Discard, io.Discard)
	})
)

func TestMain(m *testing.M) {
	code := m.Run()
	if template != "" {
		_ = os.RemoveAll(template)
	}
	os.Exit(code)
}

// seeded gives the program a copy of a store that was seeded before.
func (p *program) seeded() *program {
	p.t.Helper()
	err := seeding()
	if err == nil {
		err = os.CopyFS(p.env["DATA_DIR"], os.DirFS(template))
	}
	if err != nil {
		p.t.Fatal(err)
	}
	return p
}

// command runs one command to its end.
func (p *program) command(args ...string) (string, error) {
	var out bytes.Buffer
	err := run(p.t.Context(), args, p.getenv, &out, io.Discard)
	return out.String(), err
}

var bannerAddress = regexp.MustCompile(`http://([0-9.:]+)/docs`)

// start serves until stop is called, and waits until it is ready.
func (p *program) start() {
	p.t.Helper()
	ctx, cancel := context.WithCancel(p.t.Context())
	r, w := io.Pipe()
	ended := make(chan error, 1)
	go func() { ended <- run(ctx, nil, p.getenv, w, io.Discard) }()
	var once sync.Once
	p.stop = func() (err error) {
		once.Do(func() {
			cancel()
			select {
			case err = <-ended:
			case <-time.After(10 * time.Second):
				err = errors.New("still running after 10 s")
			}
		})
		return err
	}
	p.t.Cleanup(func() { _ = p.stop() })
	banner := make(chan string, 1)
	go func() {
		var text strings.Builder
		buf := make([]byte, 4096)
		for {
			n, err := r.Read(buf)
			text.Write(buf[:n])
			if m := bannerAddress.FindStringSubmatch(text.String()); m != nil {
				banner <- "http://" + m[1]
				_, _ = io.Copy(io.Discard, r)
				return
			}
			if err != nil {
				return
			}
		}
	}()
	select {
	case p.base = <-banner:
	case err := <-ended:
		p.t.Fatalf("the program ended: %v", err)
	case <-time.After(2 * time.Minute):
		p.t.Fatal("the program did not start")
	}
}

// ask sends a request and reads the answer into out, if there is one.
func (p *program) ask(method, path, token, body string, out any) int {
	p.t.Helper()
	req, err := http.NewRequest(method, p.base+path, strings.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	req.Header.Set("Idempotency-Key", "k1")
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		p.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	if out != nil {
		if err := json.Unmarshal(b, out); err != nil {
			p.t.Fatalf("%s %s answers %s", method, path, b)
		}
	}
	return res.StatusCode
}

type loggedIn struct {
	Token  string `json:"token"`
	Person struct {
		ID      string  `json:"id"`
		Kind    string  `json:"kind"`
		Village *string `json:"village"`
	} `json:"person"`
}

func (p *program) login(code string) loggedIn {
	p.t.Helper()
	var in loggedIn
	if status := p.ask("POST", "/api/v1/login", "", fmt.Sprintf(`{"code":%q}`, code), &in); status != http.StatusOK {
		p.t.Fatalf("login %s answers %d", code, status)
	}
	return in
}

// book books the first slot of the resident's own advisor and answers the id.
func (p *program) book(who loggedIn) string {
	p.t.Helper()
	id, status := p.tryToBook(who)
	if status != http.StatusCreated {
		p.t.Fatalf("booking answers %d", status)
	}
	return id
}

// tryToBook is book where somebody else may want the same slot.
func (p *program) tryToBook(who loggedIn) (id string, status int) {
	p.t.Helper()
	var advisors struct{ Items []struct{ ID string } }
	p.ask("GET", "/api/v1/villages/"+*who.Person.Village+"/advisors", "", "", &advisors)
	if len(advisors.Items) == 0 {
		p.t.Fatalf("village %s has no advisor", *who.Person.Village)
	}
	advisor := advisors.Items[0].ID
	var slots struct {
		Items []struct{ Start, Channel, Village string }
	}
	p.ask("GET", "/api/v1/advisors/"+advisor+"/slots?channel=phone&village="+*who.Person.Village, "", "", &slots)
	if len(slots.Items) == 0 {
		p.t.Fatalf("advisor %s has no time", advisor)
	}
	var made struct{ ID string }
	body := fmt.Sprintf(`{"advisor":%q,"village":%q,"start":%q,"channel":"phone","topic":"借条"}`, advisor, *who.Person.Village, slots.Items[0].Start)
	status = p.ask("POST", "/api/v1/appointments", who.Token, body, &made)
	return made.ID, status
}

func TestEverybodyOfTheDemoCanLogInAndEveryResidentCanBook(t *testing.T) {
	p := demo(t).seeded()
	p.start()
	for _, kind := range []string{"cadre", "collaborator", "advisor", "firm", "town", "district", "city", "auditor", "security", "system"} {
		if in := p.login("demo-" + kind + "-1"); in.Person.Kind != kind {
			t.Errorf("demo-%s-1 is a %s", kind, in.Person.Kind)
		}
	}
	for _, code := range []string{"demo-resident-1", "demo-resident-20", "demo-resident-21", "demo-resident-4711"} {
		p.book(p.login(code))
	}
	for _, last := range []string{"demo-advisor-75", "demo-firm-21", "demo-town-17", "demo-cadre-321"} {
		p.login(last)
	}
}

func TestASecondStartKeepsTheDataAndStopsInTime(t *testing.T) {
	p := demo(t).seeded()
	p.start()
	who := p.login("demo-resident-3")
	id := p.book(who)
	if err := p.stop(); err != nil {
		t.Fatalf("stopped by a signal, the program answers %v", err)
	}
	if out, err := p.command("repair", "verify"); err != nil {
		t.Fatalf("verify: %v\n%s", err, out)
	}
	p.start()
	if status := p.ask("GET", "/api/v1/appointments/"+id, p.login("demo-resident-3").Token, "", nil); status != http.StatusOK {
		t.Errorf("after a second start the booking answers %d", status)
	}
	if status := p.ask("GET", "/api/v1/me", who.Token, "", nil); status != http.StatusOK {
		t.Errorf("after a second start the old token answers %d", status)
	}
}

func TestTheDemoClockMovesTheProgram(t *testing.T) {
	p := demo(t).seeded()
	p.start()
	who := p.login("demo-resident-1")
	if status := p.ask("POST", "/demo/clock", "", `{"offset_seconds":7201}`, nil); status != http.StatusOK {
		t.Fatalf("the clock answers %d", status)
	}
	var fault struct{ Reason string }
	if status := p.ask("GET", "/api/v1/me", who.Token, "", &fault); status != http.StatusUnauthorized || fault.Reason != "token_expired" {
		t.Errorf("two hours later the token answers %d %s", status, fault.Reason)
	}
}

func TestAClockThatIsSetBackLosesNoBooking(t *testing.T) {
	p := demo(t).seeded()
	p.start()
	p.book(p.login("demo-resident-1"))
	// Forty days on, and back; all three have the same advisor.
	p.ask("POST", "/demo/clock", "", `{"offset_seconds":3456000}`, nil)
	p.book(p.login("demo-resident-2"))
	p.ask("POST", "/demo/clock", "", `{"offset_seconds":0}`, nil)
	p.book(p.login("demo-resident-322"))
	if err := p.stop(); err != nil {
		t.Fatal(err)
	}
	p.must("repair", "relay") // what it had not come to
	p.must("repair", "verify")
}

func TestAStoreKeepsItsModeAndItsKey(t *testing.T) {
	p := demo(t).seeded()
	if out, err := p.command("seed"); err != nil {
		t.Fatalf("seed: %v\n%s", err, out)
	}
	p.env["DEMO"] = "0"
	p.env["JWT_KEY"], p.env["DATA_KEY"] = strings.Repeat("k", 32), "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
	p.env["WECHAT_APP_ID"], p.env["WECHAT_APP_SECRET"] = "wx0123456789abcdef", "s"
	if _, err := p.command("repair", "verify"); !errors.Is(err, errOtherStore) {
		t.Errorf("a demo store in real mode: %v", err)
	}
	p.env["DATA_DIR"] = t.TempDir()
	if _, err := p.command("repair", "verify"); err != nil {
		t.Fatal(err)
	}
	p.env["DATA_KEY"] = "YTEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
	if _, err := p.command("repair", "verify"); !errors.Is(err, errOtherStore) {
		t.Errorf("a store with another key: %v", err)
	}
}

func TestAnExportIsImportedWithoutChange(t *testing.T) {
	p := demo(t).seeded()
	if out, err := p.command("seed"); err != nil {
		t.Fatalf("seed: %v\n%s", err, out)
	}
	for _, kind := range []string{"villages", "roster"} {
		file := filepath.Join(t.TempDir(), kind+".csv")
		if out, err := p.command("export", kind, file); err != nil {
			t.Fatalf("export %s: %v\n%s", kind, err, out)
		}
		out, err := p.command("import", kind, file)
		if err != nil {
			t.Fatalf("import %s: %v\n%s", kind, err, out)
		}
		for line := range strings.Lines(out) {
			if strings.Contains(line, "新增") && (!strings.Contains(line, "新增 0") || !strings.Contains(line, "变更 0")) {
				t.Errorf("importing the exported %s again: %s", kind, line)
			}
		}
	}
}

func TestAFaultyFileIsNamedAndChangesNothing(t *testing.T) {
	p := demo(t)
	file := filepath.Join(t.TempDir(), "villages.csv")
	if err := os.WriteFile(file, []byte("村居,统计代码,街乡,区县,备注\n北房村,11011600,北房镇,怀柔区,x\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"import", "villages", file, "--check"}, {"import", "villages", file}} {
		out, err := p.command(args...)
		if !errors.Is(err, errTold) {
			t.Errorf("%v answers %v", args, err)
		}
		for _, want := range []string{"2", "统计代码", "备注", "没有写入"} {
			if !strings.Contains(out, want) {
				t.Errorf("%v does not say %q:\n%s", args, want, out)
			}
		}
	}
}

func TestSettings(t *testing.T) {
	const key = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=" // 32 bytes
	whole := map[string]string{
		"JWT_KEY": strings.Repeat("k", 32), "DATA_KEY": key, "WECHAT_APP_ID": "wx0123456789abcdef", "WECHAT_APP_SECRET": "s",
	}
	tests := []struct {
		name string
		set  map[string]string
		want []string // in the fault; none = it does
	}{
		{"all there", nil, nil},
		{"nothing there", map[string]string{"JWT_KEY": "", "DATA_KEY": "", "WECHAT_APP_ID": "", "WECHAT_APP_SECRET": ""},
			[]string{"JWT_KEY: missing", "DATA_KEY: missing", "WECHAT_APP_ID: missing", "WECHAT_APP_SECRET: missing"}},
		{"several faults at once", map[string]string{"ADDR": "8080", "RATE_LIMIT": "-1", "DEMO": "yes", "TRUSTED_PROXIES": "here"},
			[]string{"ADDR", "RATE_LIMIT", "DEMO", "TRUSTED_PROXIES"}},
		{"short keys", map[string]string{"JWT_KEY": "short", "DATA_KEY": "c2hvcnQ="}, []string{"JWT_KEY: fewer", "DATA_KEY: want 32"}},
		{"a demo key in real mode", map[string]string{"JWT_KEY": "demo-" + strings.Repeat("k", 32), "DATA_KEY": "demo-" + key},
			[]string{"JWT_KEY: this one was made for demo mode", "DATA_KEY: this one was made for demo mode"}},
		{"demo mode with a real app id", map[string]string{"DEMO": "1", "JWT_KEY": "", "DATA_KEY": ""}, []string{"real app id"}},
		{"demo mode with a real key", map[string]string{"DEMO": "1", "WECHAT_APP_ID": "", "WECHAT_APP_SECRET": ""}, []string{"demo mode makes its own"}},
		{"a secret twice", map[string]string{"JWT_KEY_FILE": "x"}, []string{"JWT_KEY and JWT_KEY_FILE"}},
		{"a file that is not there", map[string]string{"JWT_KEY": "", "JWT_KEY_FILE": "/nowhere"}, []string{"JWT_KEY_FILE: cannot be read"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := readConfig(func(name string) string {
				if v, ok := tt.set[name]; ok {
					return v
				}
				if name == "DATA_DIR" {
					return t.TempDir()
				}
				return whole[name]
			})
			if (err == nil) != (tt.want == nil) {
				t.Fatalf("error %v", err)
			}
			for _, want := range tt.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q is not in: %v", want, err)
				}
			}
			if err != nil && strings.Contains(err.Error(), key) {
				t.Errorf("the fault shows a key: %v", err)
			}
		})
	}
}

func TestDemoKeysAreMadeOnce(t *testing.T) {
	p := demo(t)
	first, err := readConfig(p.getenv)
	if err != nil {
		t.Fatal(err)
	}
	second, err := readConfig(p.getenv)
	if err != nil || first.jwtKey != second.jwtKey || !bytes.Equal(first.dataKey, second.dataKey) {
		t.Errorf("a second start has other keys, error %v", err)
	}
}

func TestSeedNeedsDemoMode(t *testing.T) {
	p := demo(t)
	p.env["DEMO"] = "0"
	p.env["JWT_KEY"], p.env["DATA_KEY"] = strings.Repeat("k", 32), "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
	p.env["WECHAT_APP_ID"], p.env["WECHAT_APP_SECRET"] = "wx0123456789abcdef", "s"
	if out, err := p.command("seed"); err == nil {
		t.Errorf("invented people went into a real store:\n%s", out)
	}
	if _, err := p.command("paint"); err == nil {
		t.Error("an unknown command is taken")
	}
}
