package main

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"villagecounsel/services"
	"villagecounsel/services/domain"
	"villagecounsel/services/sheetfile"
)

// importCommand brings one file of the office into the store.
func importCommand(ctx context.Context, conf config, args []string, stdout, stderr io.Writer) error {
	check, codes, rest, err := importFlags(args)
	if err != nil || len(rest) != 2 {
		fmt.Fprint(stderr, usage)
		return errors.Join(err, errTold)
	}
	h, err := openHouse(ctx, conf)
	if err != nil {
		return err
	}
	defer h.close(ctx)
	im := &services.Importer{Data: h.data, Now: h.clock.now, Progress: func(p services.Progress) {
		fmt.Fprintf(stderr, "\r\x1b[K%s", p)
	}}
	run, known := map[string]func(context.Context, *sheetfile.Table, bool) (services.Report, error){
		"villages": im.Villages, "roster": im.Roster, "staff": im.Staff, "cadres": im.Cadres, "offices": im.Offices, "calendar": im.Calendar,
	}[rest[0]]
	if !known {
		fmt.Fprint(stderr, usage)
		return fmt.Errorf("import: unknown kind %q", rest[0])
	}
	table, err := sheetfile.Open(rest[1])
	if err != nil {
		return err
	}
	defer func() { _ = table.Close() }()
	report, err := run(ctx, table, check)
	fmt.Fprint(stderr, "\r\x1b[K")
	if err != nil {
		return err
	}
	if err := report.Print(stdout); err != nil {
		return err
	}
	if !report.Sound() {
		return errTold
	}
	if check {
		return nil
	}
	if rest[0] == "calendar" || rest[0] == "roster" {
		if err := recheck(ctx, h, stdout); err != nil {
			return err
		}
	}
	if codes == "" {
		return nil
	}
	return writeCodes(ctx, h, codes, stdout)
}

// recheck marks the bookings that a new roster or table of holidays no longer
// offers. Their people are told when the relay next runs.
func recheck(ctx context.Context, h *house, stdout io.Writer) error {
	s := &services.Schedules{Data: h.data, Now: h.clock.now, Years: h.years, Relay: h.relay()}
	orphans, err := s.Recheck(ctx)
	if err == nil && orphans > 0 {
		_, err = fmt.Fprintf(stdout, "有 %d 个预约落在不再开放的时间,将通知当事人改期或取消。\n", orphans)
	}
	return err
}

func importFlags(args []string) (check bool, codes string, rest []string, err error) {
	for i := 0; i < len(args); i++ {
		switch {
		case args[i] == "--check":
			check = true
		case args[i] == "--codes" && i+1 < len(args):
			i++
			codes = args[i]
		case strings.HasPrefix(args[i], "-"):
			return check, codes, rest, fmt.Errorf("import: unknown option %s", args[i])
		default:
			rest = append(rest, args[i])
		}
	}
	return check, codes, rest, nil
}

// writeCodes writes a one-time binding code for everybody of the rosters who
// has no login yet.
func writeCodes(ctx context.Context, h *house, path string, stdout io.Writer) error {
	accounts := &services.Accounts{Data: h.data, Now: h.clock.now}
	rows := [][]string{{"姓名", "身份", "绑定码", "有效期至"}}
	for p, err := range h.data.People.All(ctx) {
		if err != nil {
			return err
		}
		if p.Kind == domain.Resident || p.Login != "" {
			continue
		}
		code, expires, err := accounts.NewBindCode(ctx, p.ID, "operator", string(domain.DayOf(h.clock.now())))
		if err != nil {
			return err
		}
		rows = append(rows, []string{p.Name.Reveal(), string(p.Kind), code, expires.In(domain.China).Format("2006-01-02 15:04")})
	}
	if err := writeCSV(path, rows); err != nil {
		return err
	}
	_, err := fmt.Fprintf(stdout, "绑定码 %d 个已写入 %s,请妥善保管,发完即删。\n", len(rows)-1, path)
	return err
}

// exportCommand writes villages or the roster in the form in which they are
// imported.
func exportCommand(ctx context.Context, conf config, args []string, stdout io.Writer) error {
	if len(args) > 0 && args[0] == "records" {
		return exportRecords(ctx, conf, args[1:], stdout)
	}
	if len(args) != 2 {
		fmt.Fprint(stdout, usage)
		return errTold
	}
	h, err := openToRead(ctx, conf)
	if err != nil {
		return err
	}
	defer h.end()
	var rows [][]string
	switch args[0] {
	case "villages":
		rows, err = villageRows(ctx, h.data)
	case "roster":
		rows, err = rosterRows(ctx, h.data)
	default:
		return fmt.Errorf("export: unknown kind %q", args[0])
	}
	if err != nil {
		return err
	}
	if err := writeCSV(args[1], rows); err != nil {
		return err
	}
	_, err = fmt.Fprintf(stdout, "已导出 %d 行到 %s\n", len(rows)-1, args[1])
	return err
}

func villageRows(ctx context.Context, data services.Data) ([][]string, error) {
	var rows [][]string
	for t, err := range data.Towns.All(ctx) {
		if err != nil {
			return nil, err
		}
		for _, v := range t.Villages {
			if !v.Unlisted {
				rows = append(rows, []string{v.Code, v.Name, t.Name, t.DistrictName})
			}
		}
	}
	slices.SortFunc(rows, func(x, y []string) int { return strings.Compare(x[0], y[0]) })
	return slices.Insert(rows, 0, []string{"统计代码", "村居", "街乡", "区县"}), nil
}

func rosterRows(ctx context.Context, data services.Data) ([][]string, error) {
	roles := map[domain.Role]string{domain.Main: "主", domain.StandIn: "备"}
	var rows [][]string
	for adv, err := range data.Advisors.All(ctx) {
		if err != nil {
			return nil, err
		}
		p, err := data.People.Get(ctx, adv.ID)
		if err != nil {
			return nil, err
		}
		d, err := data.Diaries.Get(ctx, adv.ID)
		if err != nil {
			return nil, err
		}
		for _, post := range d.Posts {
			rows = append(rows, []string{adv.Name, adv.FirmName, adv.Licence, p.Phone.Reveal(), strings.Join(adv.Specialities, "、"),
				post.Village, roles[post.Role], string(post.From), string(post.To)})
		}
	}
	slices.SortFunc(rows, func(x, y []string) int { return strings.Compare(x[2]+x[5], y[2]+y[5]) })
	return slices.Insert(rows, 0, []string{"姓名", "律所", "执业证号", "手机", "专长", "村居代码", "角色", "合同起", "合同止"}), nil
}

// writeCSV writes a table that Excel and WPS open as it is: UTF-8 with a byte
// order mark. Only the operator can read the file, which comes into being whole.
func writeCSV(path string, rows [][]string) error {
	return writeFile(path, func(w io.Writer) error {
		if _, err := io.WriteString(w, "\ufeff"); err != nil {
			return err
		}
		return csv.NewWriter(w).WriteAll(rows)
	})
}

// repairCommand looks for what does not agree, or passes on what was left.
func repairCommand(ctx context.Context, conf config, args []string, stdout io.Writer) error {
	if len(args) != 1 || !slices.Contains([]string{"verify", "relay", "tallies"}, args[0]) {
		fmt.Fprint(stdout, usage)
		return errTold
	}
	h, err := openHouse(ctx, conf)
	if err != nil {
		return err
	}
	defer h.close(ctx)
	if args[0] == "relay" {
		left, err := h.relay().Sweep(ctx)
		if err == nil {
			_, err = fmt.Fprintf(stdout, "补做完成,还有 %d 项在等待。done, %d left waiting.\n", left, left)
		}
		return err
	}
	check := func() ([]string, int, error) { return services.Verify(ctx, h.data, h.clock.now()) }
	if args[0] == "tallies" {
		if _, err := h.relay().Sweep(ctx); err != nil { // what was left would be a difference
			return err
		}
		check = func() ([]string, int, error) {
			// What is put right follows the records: first see that these stand.
			problems, checked, err := services.Verify(ctx, h.data, h.clock.now())
			if err != nil || len(problems) > 0 {
				return problems, checked, err
			}
			return services.RepairTallies(ctx, h.data)
		}
	}
	problems, checked, err := check()
	if err != nil {
		return err
	}
	for _, p := range problems {
		fmt.Fprintln(stdout, p)
	}
	fmt.Fprintf(stdout, "核对 %d 项,发现 %d 处不符。%d checked, %d problems.\n", checked, len(problems), checked, len(problems))
	if len(problems) > 0 {
		return errTold
	}
	return nil
}
