// Command bench measures the program, as it is built and run, against the
// ceilings of the same run: the bare driver doing the same reads and writes on
// the same engine, in turns with the program. It prints one table and writes it
// to a page.
package main

import (
	"context"
	"crypto/rand"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

func main() {
	seconds := flag.Int("seconds", 10, "how long each side of a row is loaded")
	out := flag.String("out", "docs/bench.md", "the page that is written")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, time.Duration(*seconds)*time.Second, *out)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, length time.Duration, out string) error {
	folder, err := os.MkdirTemp("", "vcbench")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	binary := filepath.Join(folder, "server")
	fmt.Fprintln(os.Stderr, "build cmd/server")
	if text, err := exec.CommandContext(ctx, "go", "build", "-o", binary, "./cmd/server").CombinedOutput(); err != nil {
		return fmt.Errorf("build: %w\n%s", err, text)
	}
	page := newPage(length)
	engines := []engine{{name: "embedded"}}
	if uri := os.Getenv("MONGODB_TEST_URI"); uri != "" {
		engines = append(engines, engine{name: "MongoDB", uri: uri})
	}
	for _, e := range engines {
		own := filepath.Join(folder, e.name)
		if err := os.Mkdir(own, 0o700); err != nil {
			return err
		}
		b := &bench{program: program{binary: binary, folder: own, engine: e, database: "bench_" + strings.ToLower(rand.Text()[:8])}, length: length, page: page, answered: map[string]wish{}}
		if err := b.run(ctx); err != nil {
			return fmt.Errorf("%s: %w", e.name, err)
		}
	}
	if len(engines) == 1 {
		page.notMeasured("MongoDB")
	}
	if err := os.WriteFile(out, []byte(page.text()), 0o644); err != nil {
		return err
	}
	fmt.Print(page.text())
	return nil
}
