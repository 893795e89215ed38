package store

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"runtime"
	"time"

	"villagecounsel/services/domain"
)

const (
	folderMode = 0o700
	fileMode   = 0o600
	// partFolder holds what is being written. Nobody takes longer than
	// partLife to write one file; what is older, somebody who died left.
	partFolder = "part"
	partLife   = time.Hour
)

// folder is a folder of whole files: each is written beside the others, and
// gets its name when it lies on the disk.
type folder struct{ root *os.Root }

// openFolder opens a folder of the data folder, and makes it where it is
// missing.
func openFolder(data *os.Root, name string) (*folder, error) {
	if err := data.MkdirAll(path.Join(name, partFolder), folderMode); err != nil {
		return nil, fmt.Errorf("make folder %s: %w", name, err)
	}
	root, err := data.OpenRoot(name)
	if err != nil {
		return nil, fmt.Errorf("open folder %s: %w", name, err)
	}
	f := &folder{root}
	if err := f.clear(); err != nil {
		return nil, errors.Join(fmt.Errorf("clear folder %s: %w", name, err), root.Close())
	}
	return f, nil
}

// clear removes what those left who died writing. How old that is says the
// folder's own clock: another program may be writing right now.
func (f *folder) clear() error {
	probe, err := f.part(nil)
	if err != nil {
		return err
	}
	defer func() { _ = f.root.Remove(probe) }()
	now, err := f.root.Stat(probe)
	if err != nil {
		return err
	}
	entries, err := fs.ReadDir(f.root.FS(), partFolder)
	if err != nil {
		return err
	}
	for _, e := range entries {
		info, err := e.Info()
		if err == nil && now.ModTime().Sub(info.ModTime()) > partLife {
			err = f.root.Remove(path.Join(partFolder, e.Name()))
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// replace puts a file in the place of what has that name.
func (f *folder) replace(name string, content []byte) error {
	return f.write(name, content, f.root.Rename)
}

// add puts a file where none has that name, or answers domain.ErrExists.
func (f *folder) add(name string, content []byte) error {
	err := f.write(name, content, f.root.Link)
	if errors.Is(err, fs.ErrExist) {
		return domain.ErrExists
	}
	return err
}

// write writes a file whole or not at all: what has the name lies on the disk.
func (f *folder) write(name string, content []byte, place func(from, to string) error) error {
	part, err := f.part(content)
	if err != nil {
		return err
	}
	defer func() { _ = f.root.Remove(part) }() // gone already, if it was renamed
	if err := place(part, name); err != nil {
		return err
	}
	return f.sync(path.Dir(name))
}

// part writes a content under a name of its own.
func (f *folder) part(content []byte) (name string, err error) {
	name = path.Join(partFolder, rand.Text())
	file, err := f.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, fileMode)
	if err != nil {
		return "", err
	}
	_, err = file.Write(content)
	if err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err != nil {
		_ = f.root.Remove(name)
	}
	return name, err
}

// sync waits until a folder's names lie on the disk. Windows has no such call.
func (f *folder) sync(name string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := f.root.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// close closes the folder; one that was never opened is no error.
func (f *folder) close() error {
	if f == nil {
		return nil
	}
	return f.root.Close()
}
