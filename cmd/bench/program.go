package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const (
	readyPoll = 2 * time.Millisecond
	startWait = time.Minute
	// crowd is how many clients contend for one slot.
	crowd = 64
)

// engine is what the program keeps its data on.
type engine struct {
	name string
	uri  string // empty = the embedded one
}

func (e engine) embedded() bool { return e.uri == "" }

// program is the built server with its data folder.
type program struct {
	binary, folder string
	engine         engine
	database       string
}

func (p *program) command(ctx context.Context, settings []string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, p.binary, args...)
	cmd.Env = append(os.Environ(), "DEMO=1", "RATE_LIMIT=0", "DATA_DIR="+filepath.Join(p.folder, "data"),
		"MONGODB_URI="+p.engine.uri, "MONGODB_DATABASE="+p.database)
	cmd.Env = append(cmd.Env, settings...)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 20 * time.Second
	return cmd
}

// dataKey answers the key that the program made for its demo data.
func (p *program) dataKey() ([]byte, error) {
	text, err := os.ReadFile(filepath.Join(p.folder, "data", "demo-keys", "data.key"))
	if err != nil {
		return nil, err
	}
	return base64.StdEncoding.DecodeString(strings.TrimPrefix(strings.TrimSpace(string(text)), "demo-"))
}

// server is the program, serving.
type server struct {
	cmd          *exec.Cmd
	base, admin  string
	client       *http.Client
	ready, first time.Duration // from its start to a good /readyz, and to a first answer
}

// serve starts the program and waits until it has answered a first request.
func (p *program) serve(ctx context.Context, path string) (*server, error) {
	public, err := freeAddress(ctx)
	if err != nil {
		return nil, err
	}
	admin, err := freeAddress(ctx)
	if err != nil {
		return nil, err
	}
	log, err := os.OpenFile(filepath.Join(p.folder, "log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	defer func() { _ = log.Close() }()
	s := &server{
		cmd: p.command(ctx, []string{"ADDR=" + public, "ADMIN_ADDR=" + admin}, "serve"), base: "http://" + public, admin: "http://" + admin,
		client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: crowd, DisableCompression: true}, Timeout: startWait},
	}
	s.cmd.Stderr = log
	begun := time.Now()
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	for {
		_, err := s.ask(ctx, http.MethodGet, s.admin+"/readyz", request{})
		if err == nil {
			break
		}
		if time.Since(begun) > startWait {
			return nil, errors.Join(fmt.Errorf("the program is not ready: %w", err), s.stop())
		}
		time.Sleep(readyPoll)
	}
	s.ready = time.Since(begun)
	if _, err := s.ask(ctx, http.MethodGet, s.base+path, request{}); err != nil {
		return nil, errors.Join(err, s.stop())
	}
	s.first = time.Since(begun)
	return s, nil
}

func freeAddress(ctx context.Context) (string, error) {
	var conf net.ListenConfig
	l, err := conf.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String(), nil
}

func (s *server) stop() error {
	s.client.CloseIdleConnections()
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	return s.cmd.Wait()
}

// request is what an HTTP request carries.
type request struct {
	token, key string
	body       any
}

// errRefused says that the answer was 409.
var errRefused = errors.New("refused")

// ask answers the body of a good answer, or of a refusal.
func (s *server) ask(ctx context.Context, method, url string, r request) (body []byte, err error) {
	var in io.Reader
	if r.body != nil {
		text, err := json.Marshal(r.body)
		if err != nil {
			return nil, err
		}
		in = bytes.NewReader(text)
	}
	req, err := http.NewRequestWithContext(ctx, method, url, in)
	if err != nil {
		return nil, err
	}
	if r.token != "" {
		req.Header.Set("Authorization", "Bearer "+r.token)
	}
	if r.key != "" {
		req.Header.Set("Idempotency-Key", r.key)
	}
	answer, err := s.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = answer.Body.Close() }()
	body, err = io.ReadAll(answer.Body)
	switch {
	case err != nil:
		return nil, err
	case answer.StatusCode == http.StatusConflict:
		return body, errRefused
	case answer.StatusCode >= http.StatusMultipleChoices:
		return body, fmt.Errorf("%s %s: %s: %s", method, req.URL.Path, answer.Status, body)
	}
	return body, nil
}

// figure answers one of the program's own figures.
func (s *server) figure(ctx context.Context, name string) (float64, error) {
	text, err := s.ask(ctx, http.MethodGet, s.admin+"/metrics", request{})
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(text)) {
		if value, ok := strings.CutPrefix(line, name+" "); ok {
			return strconv.ParseFloat(strings.TrimSpace(value), 64)
		}
	}
	return 0, fmt.Errorf("no figure %s", name)
}

// clockTick is the unit of CPU time in /proc, USER_HZ, which is 100 on Linux.
const clockTick = 10 * time.Millisecond

// cpu answers the CPU time that the process has used, by the operating system.
func (s *server) cpu() (time.Duration, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", s.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	// The fields after the name, which stands in brackets, begin with the third.
	fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
	user, err1 := strconv.ParseInt(fields[14-3], 10, 64)
	system, err2 := strconv.ParseInt(fields[15-3], 10, 64)
	return time.Duration(user+system) * clockTick, errors.Join(err1, err2)
}

// memory answers the process's resident memory in MiB.
func (s *server) memory() (float64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(text)) {
		if value, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kib, err := strconv.ParseFloat(strings.Fields(value)[0], 64)
			return kib / 1024, err
		}
	}
	return 0, errors.New("no VmRSS")
}
