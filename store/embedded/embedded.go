// Package embedded runs the engine that the program carries with it: FerretDB
// on SQLite, in this process, on a Unix socket that nobody else may open.
package embedded

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"sync"

	"github.com/FerretDB/FerretDB/ferretdb"
	"github.com/gofrs/flock"
)

// ErrInUse says that another program has the data folder open.
var ErrInUse = errors.New("the data folder is in use by another program")

// Engine is a running engine.
type Engine struct {
	URI string

	stop  context.CancelFunc
	done  chan struct{}
	lock  *flock.Flock
	files string // absolute

	socketFolder string // of its own, if the data folder's path is too long
}

// Start opens the engine on a folder, which is made where it is missing. One
// program at a time may hold the folder: a second one gets ErrInUse.
func Start(folder string) (*Engine, error) {
	files := filepath.Join(folder, filesFolder)
	if err := os.MkdirAll(files, 0o700); err != nil {
		return nil, fmt.Errorf("make the data folder: %w", err)
	}
	lock := lockOf(folder)
	held, err := lock.TryLock()
	if err != nil {
		return nil, fmt.Errorf("lock the data folder: %w", err)
	}
	if !held {
		return nil, fmt.Errorf("%w: %s", ErrInUse, folder)
	}
	e := &Engine{lock: lock, done: make(chan struct{})}
	if err := e.run(files); err != nil {
		e.release()
		return nil, err
	}
	return e, nil
}

// Stop ends the engine and gives the folder free. Disconnect from it first.
func (e *Engine) Stop() {
	e.stop()
	<-e.done
	e.release()
}

// making lets one engine be made at a time: FerretDB's New writes a variable of
// its package.
var making sync.Mutex

func (e *Engine) run(files string) error {
	var err error
	if e.files, err = filepath.Abs(files); err != nil {
		return fmt.Errorf("find the data folder: %w", err)
	}
	path, err := e.socketPath()
	if err != nil {
		return fmt.Errorf("place the socket: %w", err)
	}
	making.Lock()
	db, err := ferretdb.New(&ferretdb.Config{
		Listener:  ferretdb.ListenerConfig{Unix: path},
		Logger:    slog.New(slog.DiscardHandler),
		Handler:   "sqlite",
		SQLiteURL: (&url.URL{Scheme: "file", Path: e.files + "/"}).String(),
	})
	making.Unlock()
	if err != nil {
		return fmt.Errorf("start the embedded engine: %w", err)
	}
	ctx, stop := context.WithCancel(context.Background())
	e.stop = stop
	go func() {
		defer close(e.done)
		_ = db.Run(ctx) // answers nil always
	}()
	e.URI = "mongodb://" + url.PathEscape(path) + "/"
	return nil
}

// maxSocketPath is how long a socket's path may be on every system (sun_path of
// unix(4) has 104 bytes on some).
const maxSocketPath = 100

// socketPath answers where the socket is to lie: in the data folder, where what
// a killed program left is removed, or in a folder of its own if that path is
// too long.
func (e *Engine) socketPath() (string, error) {
	path := filepath.Join(e.files, "db.sock")
	if len(path) <= maxSocketPath {
		if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
			return "", err
		}
		return path, nil
	}
	folder, err := os.MkdirTemp("", "vc")
	e.socketFolder = folder
	return filepath.Join(folder, "db.sock"), err
}

// filesFolder is the engine's own folder within the data folder.
const filesFolder = "db"

func lockOf(folder string) *flock.Flock {
	return flock.New(filepath.Join(folder, "lock"), flock.SetPermissions(0o600))
}

func (e *Engine) release() {
	if e.socketFolder != "" {
		_ = os.RemoveAll(e.socketFolder)
	}
	_ = e.lock.Unlock()
}
