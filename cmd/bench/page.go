package main

import (
	"bufio"
	"fmt"
	"os"
	"runtime"
	"strings"
	"time"
)

// row is one line of the table.
type row struct{ name, engine, ours, ceiling, ratio, aim, p50, p99, cpu, verdict string }

func (r *row) cells() []string {
	cells := []string{r.name, r.engine, r.ours, r.ceiling, r.ratio, r.aim, r.p50, r.p99, r.cpu, r.verdict}
	for i, c := range cells {
		if c == "" {
			cells[i] = "-"
		}
	}
	return cells
}

// page is what is printed and written.
type page struct {
	head  string
	rows  []row
	notes []string
}

func newPage(length time.Duration) *page {
	return &page{head: fmt.Sprintf(`# What was measured

Written by %s on %s (UTC).
Machine: %d cores, %s, %s/%s, %s; load average %s when it began. The load came from the same machine.

`+"`slots`, `book` and `append`"+`: %d clients, %s a side, in turns of program and ceiling on data of the same make
(%d advisors, %d days, %d half-hour slots a day, each in one channel; every second day half taken).
The ceiling is the bare driver on the same engine, doing the same reads and writes by the same keys with the documents as they lie on disk.
On the embedded engine the program remembers documents that were used lately, so it can be faster than its ceiling.
CPU is the server's and the database's a request, by the operating system. `+"`contend`"+` holds the losers' p99 against `+"`book`"+` with as many clients.
`, "`"+strings.Join(append([]string{"go run ./cmd/bench"}, os.Args[1:]...), " ")+"`", time.Now().UTC().Format("2006-01-02 15:04"),
		runtime.NumCPU(), processor(), runtime.GOOS, runtime.GOARCH, runtime.Version(), loadAverage(),
		clients, length, advisors, horizonDays, slotsOfDay)}
}

func (p *page) add(r row) {
	p.rows = append(p.rows, r)
	fmt.Fprintln(os.Stderr, strings.Join(r.cells(), " | "))
}

func (p *page) note(format string, args ...any) {
	p.notes = append(p.notes, fmt.Sprintf(format, args...))
}

func (p *page) notMeasured(engine string) {
	for _, name := range []string{"slots", "book", "contend", "append", "start"} {
		p.add(row{name: name, engine: engine, ours: "not measured", verdict: "not measured"})
	}
}

func (p *page) text() string {
	var b strings.Builder
	b.WriteString(p.head + "\n")
	head := row{"name", "engine", "program", "ceiling", "ratio", "aim", "p50", "p99", "CPU", "verdict"}
	b.WriteString("| " + strings.Join(head.cells(), " | ") + " |\n" + strings.Repeat("|---", len(head.cells())) + "|\n")
	for _, r := range p.rows {
		b.WriteString("| " + strings.Join(r.cells(), " | ") + " |\n")
	}
	b.WriteString("\n")
	for _, n := range p.notes {
		b.WriteString("- " + n + "\n")
	}
	return b.String()
}

func perSecond(f float64) string     { return fmt.Sprintf("%.0f/s", f) }
func millis(d time.Duration) string  { return fmt.Sprintf("%.1f ms", ms(d)) }
func milliCPU(f float64) string      { return fmt.Sprintf("%.2f ms", f) }
func ratioText(f float64) string     { return fmt.Sprintf("%.2f", f) }
func seconds(d time.Duration) string { return fmt.Sprintf("%.2f s", d.Seconds()) }
func mebibytes(f float64) string     { return fmt.Sprintf("%.0f MiB", f) }

func verdict(met bool) string {
	if met {
		return "met"
	}
	return "missed"
}

// processor answers the machine's kind of processor, where the system tells it.
func processor() string {
	f, err := os.Open("/proc/cpuinfo")
	if err != nil {
		return "unknown processor"
	}
	defer func() { _ = f.Close() }()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if name, value, ok := strings.Cut(lines.Text(), ":"); ok && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return "unknown processor"
}

func loadAverage() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	return strings.Join(strings.Fields(string(text))[:3], " ")
}
