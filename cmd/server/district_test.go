package main

import (
	"strings"
	"testing"
)

func TestADistrictSettlesItsDays(t *testing.T) {
	p := demo(t)
	if out, err := p.command("import", "villages", "demo/villages.csv"); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, c := range []struct {
		args  string
		grace string
		days  string
		fault string // part of it
	}{
		{"110116", "10 天 days(默认 default)", "15 个工作日 working days(默认 default)", ""},
		{"110116 --complaint-days 20", "10 天 days(默认 default)", "20 个工作日 working days\n", ""},
		{"--month-grace 5 110116", "5 天 days\n", "20 个工作日 working days\n", ""},
		{"110116 --month-grace 0 --complaint-days 60", "10 天 days(默认 default)", "60 个工作日 working days\n", ""},
		{"110116 --month-grace 32", "", "", "0 to 31 days"},
		{"110116 --complaint-days 0", "", "", "1 to 60 working days"},
		{"110116 --complaint-days", "", "", "needs a number"},
		{"110116 --complaint-days soon", "", "", "needs a number"},
		{"110117", "", "", "import them first"},
		{"110116001", "", "", "six digits"},
		{"110116 110117", "", "", "six digits"},
		{"--grace 3", "", "", "six digits"},
		{"", "", "", "six digits"},
		{"110116", "10 天 days(默认 default)", "60 个工作日 working days\n", ""},
	} {
		out, err := p.command(append([]string{"district"}, strings.Fields(c.args)...)...)
		switch {
		case c.fault != "":
			if err == nil || !strings.Contains(err.Error(), c.fault) {
				t.Errorf("district %s: %v, want %q", c.args, err, c.fault)
			}
		case err != nil || !strings.Contains(out, c.grace) || !strings.Contains(out, c.days):
			t.Errorf("district %s: %v\n%s", c.args, err, out)
		}
	}
	conf, err := readConfig(p.getenv)
	if err != nil {
		t.Fatal(err)
	}
	h, err := openHouse(t.Context(), conf)
	if err != nil {
		t.Fatal(err)
	}
	defer h.close(t.Context())
	lines := 0
	for page, err := range h.data.Audit.All(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range page.Items {
			if l.Verb == "district_settings" && l.By == "operator" && l.Subject == "110116" {
				lines++
			}
		}
	}
	if lines != 3 {
		t.Errorf("%d changes are on the audit trail, want 3", lines)
	}
}
