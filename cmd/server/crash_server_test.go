package main_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

const (
	crashStartLimit = 60 * time.Second // the first start loads the demo data
	crashStopLimit  = 10 * time.Second // the product's contract
	crashMendLimit  = 5 * time.Minute  // of a repair, on a busy machine
	crashLogTail    = 40               // lines of a server's log that a failure shows
)

// crashHost runs the real program on one data folder, one process at a time.
type crashHost struct {
	t      *testing.T
	bin    string
	folder string // holds the data, the sockets and the logs
	runs   int
}

// crashServer is one process of the program.
type crashServer struct {
	url   string
	log   string
	cmd   *exec.Cmd
	ready chan string   // its address, once; closed when its output ends
	ended chan struct{} // closed when the process is gone
	err   error         // of its end
}

// newCrashHost builds the program. Its folder stays if the test fails, so that
// the files can be looked at.
func newCrashHost(t *testing.T) *crashHost {
	t.Helper()
	folder, err := os.MkdirTemp("", "vccrash") // short: sockets lie in it
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the files are kept in %s", folder)
			return
		}
		if err := os.RemoveAll(folder); err != nil {
			t.Error(err)
		}
	})
	h := &crashHost{t: t, bin: filepath.Join(folder, "server"), folder: folder}
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", h.bin, ".").CombinedOutput(); err != nil {
		t.Fatalf("build the server: %v\n%s", err, out)
	}
	return h
}

func (h *crashHost) command(args ...string) *exec.Cmd {
	cmd := exec.Command(h.bin, args...)
	cmd.Env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + h.folder, "TMPDIR=" + h.folder, "DATA_DIR=" + filepath.Join(h.folder, "data"),
		"DEMO=1", "RATE_LIMIT=0", "ADDR=127.0.0.1:0", "ADMIN_ADDR=127.0.0.1:0",
	}
	return cmd
}

var crashBanner = regexp.MustCompile(`http://(127\.0\.0\.1:\d+)/docs`)

// spawn starts the program and does not wait for it.
func (h *crashHost) spawn() *crashServer {
	h.t.Helper()
	h.runs++
	s := &crashServer{log: filepath.Join(h.folder, fmt.Sprintf("server-%03d.log", h.runs)), cmd: h.command("serve"),
		ready: make(chan string, 1), ended: make(chan struct{})}
	log, err := os.Create(s.log)
	if err != nil {
		h.t.Fatal(err)
	}
	s.cmd.Stderr = log
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		h.t.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		h.t.Fatal(err)
	}
	go func() {
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			if m := crashBanner.FindStringSubmatch(lines.Text()); m != nil {
				s.ready <- m[1]
			}
		}
		close(s.ready)
		_, _ = io.Copy(io.Discard, out)
		s.err = s.cmd.Wait()
		_ = log.Close()
		close(s.ended)
	}()
	h.t.Cleanup(func() { s.kill() })
	return s
}

// start starts the program and waits until it serves.
func (h *crashHost) start() *crashServer {
	h.t.Helper()
	s := h.spawn()
	select {
	case addr, ok := <-s.ready:
		if !ok {
			<-s.ended
			h.t.Fatalf("the server did not start: %v\n%s", s.err, s.tail())
		}
		s.url = "http://" + addr
	case <-time.After(crashStartLimit):
		s.kill()
		h.t.Fatalf("the server did not start within %v\n%s", crashStartLimit, s.tail())
	}
	return s
}

// kill ends the process at once, wherever it is.
func (s *crashServer) kill() {
	_ = s.cmd.Process.Kill() // it may be gone already
	<-s.ended
}

// stop ends the process as Ctrl-C would.
func (h *crashHost) stop(s *crashServer) {
	h.t.Helper()
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		h.t.Fatal(err)
	}
	select {
	case <-s.ended:
	case <-time.After(crashStopLimit):
		s.kill()
		h.t.Fatalf("the server did not stop within %v\n%s", crashStopLimit, s.tail())
	}
	if s.err != nil {
		h.t.Errorf("the server did not stop well: %v\n%s", s.err, s.tail())
	}
	h.faults(s)
}

// faults tells of what a server has logged as its own fault.
func (h *crashHost) faults(s *crashServer) {
	h.t.Helper()
	text, err := os.ReadFile(s.log)
	if err != nil {
		h.t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if strings.Contains(line, `"level":"ERROR"`) || !strings.HasPrefix(line, "{") {
			h.t.Errorf("%s says: %s", filepath.Base(s.log), line)
		}
	}
}

// tail answers the end of a server's log.
func (s *crashServer) tail() string {
	text, err := os.ReadFile(s.log)
	if err != nil {
		return err.Error()
	}
	lines := bytes.SplitAfter(text, []byte("\n"))
	return string(bytes.Join(lines[max(0, len(lines)-crashLogTail):], nil))
}

// repair runs the repairs on the files of a stopped server: nothing may be
// left waiting, and everything must agree.
func (h *crashHost) repair() {
	h.t.Helper()
	for _, step := range []struct{ verb, want string }{{"relay", " 0 left waiting"}, {"verify", " 0 problems"}, {"tallies", " 0 problems"}} {
		ctx, cancel := context.WithTimeout(h.t.Context(), crashMendLimit)
		defer cancel()
		cmd := h.command("repair", step.verb)
		var out bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &out
		err := cmd.Start()
		if err == nil {
			stop := context.AfterFunc(ctx, func() { _ = cmd.Process.Kill() })
			err = cmd.Wait()
			stop()
		}
		if err = errors.Join(err, ctx.Err()); err != nil || !strings.Contains(out.String(), step.want) {
			h.t.Errorf("repair %s: %v\n%s", step.verb, err, out.String())
		}
	}
}
