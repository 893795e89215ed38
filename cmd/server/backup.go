package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"villagecounsel/services"
	"villagecounsel/services/domain"
	"villagecounsel/store"
	"villagecounsel/store/embedded"
)

var (
	errFileThere = errors.New("文件已存在,不会覆盖。the file is there already and is not overwritten")
	errNoStore   = errors.New("这里还没有数据。there is no store yet")
	errLocked    = errors.New("数据目录正被占用,而占用它的程序没有在管理端口(ADMIN_ADDR)应答。the data folder is in use, and who uses it does not answer at the admin listener (ADMIN_ADDR)")
)

// why tells in the office's words why a backup is not made or not restored.
var why = []struct {
	err  error
	text string
}{
	{store.ErrNewer, "备份由更新版本的程序写成,请改用新版程序"},
	{store.ErrNoBackup, "这不是本程序的备份文件,或文件不完整"},
	{store.ErrOtherKey, "备份用的是另一把 DATA_KEY"},
	{store.ErrDamaged, "备份已损坏"},
	{store.ErrNotEmpty, "只能还原到空的数据目录(或空的数据库)"},
	{store.ErrNoSnapshot, "单机 MongoDB 无法在使用中备份,请以单节点副本集方式运行(run it as a replica set of one)"},
}

func explain(err error) error {
	for _, w := range why {
		if errors.Is(err, w.err) {
			return fmt.Errorf("%s。%w", w.text, err)
		}
	}
	return err
}

// source is a store that is read while the program serves or not, and the moment that it shows.
type source struct {
	*house
	made  time.Time
	until domain.Day // digests of later days were made after that moment
	mark  domain.Mark
	form  int // of its documents
	end   func()
}

// backupCommand writes one file that holds all of the store, while the program
// serves or not.
func backupCommand(ctx context.Context, conf config, args []string, stdout io.Writer) error {
	if len(args) != 1 {
		fmt.Fprint(stdout, usage)
		return errTold
	}
	path := args[0]
	if err := mustBeFree(path); err != nil {
		return err
	}
	src, err := openToRead(ctx, conf)
	if err != nil {
		return err
	}
	defer src.end()
	m := store.Manifest{Schema: src.form, Made: src.made, Mode: src.mark.Mode, Key: src.mark.Key}
	err = writeFile(path, func(w io.Writer) (err error) {
		if m, err = src.store.Backup(ctx, w, m, src.until); err != nil {
			return err
		}
		return mustBeFree(path)
	})
	if err != nil {
		return explain(err)
	}
	fmt.Fprintf(stdout, "已备份到 %s:%s,时间 %s。backed up.\n", path, contents(&m), m.Made.In(domain.China).Format(time.DateTime))
	return missing(&m, stdout)
}

func mustBeFree(path string) error {
	_, err := os.Lstat(path)
	switch {
	case err == nil:
		return fmt.Errorf("%s:%w", path, errFileThere)
	case errors.Is(err, os.ErrNotExist):
		return nil
	}
	return err
}

func contents(m *store.Manifest) string {
	return fmt.Sprintf("文档 %d 份、附件 %d 个、日摘要 %d 份", m.Documents, m.Files, m.Digests)
}

// missing names the files that a backup should hold and does not.
func missing(m *store.Manifest, stdout io.Writer) error {
	for _, id := range m.Missing {
		fmt.Fprintf(stdout, "file %s: its content was not there\n", id)
	}
	if len(m.Missing) > 0 {
		fmt.Fprintf(stdout, "有 %d 个附件的内容缺失。%d files lack their content.\n", len(m.Missing), len(m.Missing))
		return errTold
	}
	return nil
}

// openToRead opens a store that fits the settings, for reading alone.
func openToRead(ctx context.Context, conf config) (*source, error) {
	src, err := openSource(ctx, conf)
	if err != nil {
		return nil, err
	}
	src.mark, err = src.data.Marks.Get(ctx, storeMark)
	switch {
	case errors.Is(err, domain.ErrNotFound):
		err = errNoStore
	case err != nil:
		err = newer(err)
	default:
		src.form, err = src.fits(&src.mark, conf)
	}
	if err != nil {
		src.end()
		return nil, err
	}
	return src, nil
}

// openSource opens the store itself, or, while the program serves on the
// embedded engine, a snapshot that the program makes of it. It changes nothing
// in a store: an older one is backed up as it is.
func openSource(ctx context.Context, conf config) (*source, error) {
	if conf.mongoURI == "" {
		if _, err := os.Stat(filepath.Join(conf.dataDir, "db")); errors.Is(err, os.ErrNotExist) {
			return nil, errNoStore
		}
	}
	h, err := openStore(ctx, conf, conf.dataDir)
	if errors.Is(err, embedded.ErrInUse) {
		return openSnapshot(ctx, conf)
	}
	if err != nil {
		return nil, err
	}
	until, err := lastDigest(ctx, h.data)
	if err == nil {
		err = h.whole(ctx)
	}
	if err != nil {
		h.close(ctx)
		return nil, err
	}
	return &source{house: h, made: h.clock.now(), until: until, end: func() { h.close(ctx) }}, nil
}

func openSnapshot(ctx context.Context, conf config) (*source, error) {
	shot, err := askSnapshot(ctx, conf)
	if err != nil {
		return nil, err
	}
	folder := filepath.Join(conf.dataDir, snapshotsFolder, shot.Folder)
	h, err := openStore(ctx, conf, folder)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(folder))
	}
	return &source{house: h, made: shot.Made, until: shot.Until, end: func() {
		h.close(ctx)
		_ = os.RemoveAll(folder) // what stays is removed when the program starts
	}}, nil
}

// lastDigest answers the day of the newest digest; none is before all days.
func lastDigest(ctx context.Context, data services.Data) (last domain.Day, err error) {
	for d, err := range data.Digests.All(ctx) {
		if err != nil {
			return last, err
		}
		last = d.Day
	}
	return last, nil
}

// restoreCommand brings a backup into an empty store and verifies what it wrote.
func restoreCommand(ctx context.Context, conf config, args []string, stdout io.Writer) error {
	if len(args) != 1 {
		fmt.Fprint(stdout, usage)
		return errTold
	}
	file, err := os.Open(args[0])
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	archive, err := openArchive(ctx, conf, file)
	if err != nil {
		return explain(err)
	}
	m := &archive.Manifest
	h, err := openStore(ctx, conf, conf.dataDir)
	if err != nil {
		return err
	}
	defer h.close(ctx)
	if err := h.whole(ctx); err != nil {
		return err
	}
	if err := h.store.Restore(ctx, archive); err != nil {
		return explain(err)
	}
	form, err := h.recognise(ctx, conf)
	if err != nil {
		return err
	}
	if err := h.upgrade(ctx, form, m.Made); err != nil {
		return err
	}
	problems, checked, err := services.Verify(ctx, h.data, m.Made)
	if err != nil {
		return err
	}
	if err := h.data.Marks.Delete(ctx, store.RestoringMark); err != nil {
		return err
	}
	for _, p := range problems {
		fmt.Fprintln(stdout, p)
	}
	fmt.Fprintf(stdout, "已还原 %s 的备份:%s,均与备份一致;核对 %d 项,发现 %d 处不符。restored, %d checked, %d problems.\n",
		m.Made.In(domain.China).Format(time.DateTime), contents(m), checked, len(problems), checked, len(problems))
	if len(problems) > 0 { // they were in the store of which the backup was made
		return errors.Join(errTold, missing(m, stdout))
	}
	return missing(m, stdout)
}

// openArchive checks a backup, and that it belongs to these settings.
func openArchive(ctx context.Context, conf config, file *os.File) (*store.Archive, error) {
	keys, err := store.NewKeys(conf.dataKey)
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	archive, err := store.OpenArchive(ctx, file, info.Size(), keys)
	if err == nil && archive.Manifest.Mode != conf.mode() {
		err = fmt.Errorf("%w: the backup was made in %s mode, the program runs in %s mode (DEMO)", errOtherStore, archive.Manifest.Mode, conf.mode())
	}
	return archive, err
}
