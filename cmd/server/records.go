package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"villagecounsel/services"
	"villagecounsel/services/domain"
	"villagecounsel/services/lifecycle"
)

// exportRecords writes somebody's lifecycle records to a file that can be
// checked without the database.
func exportRecords(ctx context.Context, conf config, args []string, stdout io.Writer) error {
	owner, path := "", ""
	for i := 0; i < len(args); i++ {
		switch {
		case args[i] == "--advisor" && i+1 < len(args):
			i++
			owner = args[i]
		case path == "":
			path = args[i]
		default:
			owner = ""
		}
	}
	if owner == "" || path == "" {
		fmt.Fprint(stdout, usage)
		return errTold
	}
	h, err := openToRead(ctx, conf)
	if err != nil {
		return err
	}
	defer h.end()
	var s lifecycle.Summary
	err = writeFile(path, func(w io.Writer) error {
		s, err = services.ExportRecords(ctx, h.data, owner, h.made, w)
		return err
	})
	if errors.Is(err, domain.ErrNotFound) {
		return fmt.Errorf("export: nobody of id %q has records", owner)
	}
	if err != nil {
		return fmt.Errorf("export: %w", err)
	}
	_, err = fmt.Fprintf(stdout, "已导出履历记录 %d 条到 %s\n", s.Len, path)
	return err
}

// verifyCommand checks a file of records, without store or settings: by itself,
// and against a day's digest that was kept apart, if one is given.
func verifyCommand(args []string, stdout io.Writer) error {
	if len(args) != 1 && (len(args) != 3 || args[1] != "--digest") {
		fmt.Fprint(stdout, usage)
		return errTold
	}
	text, err := os.ReadFile(args[0])
	if err != nil {
		return err
	}
	s, err := lifecycle.VerifyFile(bytes.NewReader(text), nil)
	held := "只看这个文件,自身前后一致;是否就是库里的那一份,请用 --digest 与另存的日摘要核对。by itself alone: hold it to a digest that was kept apart"
	if err == nil && len(args) == 3 {
		var day domain.Day
		var known map[int64]string
		if day, known, err = digestOf(args[2], s.Owner); err == nil {
			_, err = lifecycle.VerifyFile(bytes.NewReader(text), known)
		}
		held = fmt.Sprintf("与 %s 的日摘要一致。agrees with that day's digest", day)
	}
	if err != nil {
		fmt.Fprintf(stdout, "记录文件有问题:%v\nthe file is not sound: %v\n", err, err)
		return errTold
	}
	_, err = fmt.Fprintf(stdout, "记录完整:%s,%d 条,链尾 %s,导出于 %s。sound: %d records.\n%s\n",
		s.Owner, s.Len, s.Head, s.Exported.In(domain.China).Format("2006-01-02 15:04"), s.Len, held)
	return err
}

// digestOf answers what a file of a day's digest says of somebody's chain.
func digestOf(path, owner string) (domain.Day, map[int64]string, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return "", nil, err
	}
	return services.ReadDigest(text, owner)
}

// writeFile writes a file whole, or not at all.
func writeFile(path string, write func(io.Writer) error) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), ".part*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(f.Name())
		}
	}()
	if err := write(f); err != nil {
		return errors.Join(err, f.Close())
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
