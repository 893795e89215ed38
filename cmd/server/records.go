package main

import (
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

// verifyCommand checks a file of records by itself, without store or settings.
func verifyCommand(args []string, stdout io.Writer) error {
	if len(args) != 1 {
		fmt.Fprint(stdout, usage)
		return errTold
	}
	f, err := os.Open(args[0])
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	s, err := lifecycle.VerifyFile(f)
	if err != nil {
		fmt.Fprintf(stdout, "记录文件有问题:%v\nthe file is not sound: %v\n", err, err)
		return errTold
	}
	_, err = fmt.Fprintf(stdout, "记录完整:%s,%d 条,链尾 %s,导出于 %s。sound: %d records.\n",
		s.Owner, s.Len, s.Head, s.Exported.In(domain.China).Format("2006-01-02 15:04"), s.Len)
	return err
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
