package embedded

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Snapshot copies a database as it is at one moment, while the engine goes on,
// and answers the name of a folder below the one given on which another engine
// can be started. Who asked for it removes that folder.
func (e *Engine) Snapshot(ctx context.Context, database, folder string) (name string, err error) {
	name = strings.ToLower(rand.Text())
	files := filepath.Join(folder, name, filesFolder)
	if err := os.MkdirAll(files, 0o700); err != nil {
		return "", fmt.Errorf("make the snapshot's folder: %w", err)
	}
	defer func() {
		if err != nil {
			_ = os.RemoveAll(filepath.Join(folder, name))
		}
	}()
	db, err := openFile(filepath.Join(e.files, database+ending))
	if err != nil {
		return "", fmt.Errorf("open the embedded engine's file: %w", err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if _, err := db.ExecContext(ctx, `VACUUM INTO ?`, filepath.Join(files, database+ending)); err != nil {
		return "", fmt.Errorf("copy the embedded engine's file: %w", err)
	}
	return name, nil
}

// ClearSnapshots removes the snapshots that were made before a time and that
// nobody reads.
func ClearSnapshots(folder string, before time.Time) error {
	entries, err := os.ReadDir(folder)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	for _, e := range entries {
		info, ierr := e.Info()
		if errors.Is(ierr, os.ErrNotExist) || ierr == nil && !info.ModTime().Before(before) {
			continue
		}
		err = errors.Join(err, ierr, removeUnread(filepath.Join(folder, e.Name())))
	}
	if err != nil {
		return fmt.Errorf("remove old snapshots: %w", err)
	}
	return nil
}

func removeUnread(folder string) error {
	lock := lockOf(folder)
	held, err := lock.TryLock()
	if err != nil || !held {
		return err
	}
	return errors.Join(os.RemoveAll(folder), lock.Unlock())
}
