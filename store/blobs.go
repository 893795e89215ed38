package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"path"
	"strings"

	"villagecounsel/services/domain"
)

// Bounds on an id that names a file: the store's own hashes have 26 letters.
const (
	minBlobID  = 4
	maxBlobID  = 64
	fanLetters = 2 // of an id name the folder that it lies in
)

var errBlobID = errors.New("an id of a file is lower-case letters and digits alone")

// blobs keeps contents in files, sealed. It implements services.Blobs.
type blobs struct {
	*folder
	keys *Keys
}

// Put writes a content whole, or not at all; the same id again is replaced.
func (b *blobs) Put(ctx context.Context, id string, content []byte) error {
	name, err := blobName(id)
	if err == nil {
		err = ctx.Err()
	}
	var sealed []byte
	if err == nil {
		sealed, err = b.keys.sealBytes(content, id)
	}
	if err == nil {
		err = b.fan(path.Dir(name))
	}
	if err == nil {
		err = b.replace(name, sealed)
	}
	if err != nil {
		return fmt.Errorf("write file: %w", err)
	}
	return nil
}

// Get answers the content, or domain.ErrNotFound.
func (b *blobs) Get(ctx context.Context, id string) ([]byte, error) {
	name, err := blobName(id)
	if err == nil {
		err = ctx.Err()
	}
	var sealed []byte
	if err == nil {
		sealed, err = b.root.ReadFile(name)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil, domain.ErrNotFound
	}
	var content []byte
	if err == nil {
		content, err = b.keys.openBytes(sealed, id)
	}
	if err != nil {
		return nil, fmt.Errorf("read file: %w", err)
	}
	return content, nil
}

// Delete removes a content; one that does not exist is no error.
func (b *blobs) Delete(ctx context.Context, id string) error {
	name, err := blobName(id)
	if err == nil {
		err = ctx.Err()
	}
	if err == nil {
		err = b.root.Remove(name)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = b.sync(path.Dir(name))
	}
	if err != nil {
		return fmt.Errorf("remove file: %w", err)
	}
	return nil
}

// All streams the ids of all contents in no order.
func (b *blobs) All(ctx context.Context) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		fans, err := fs.ReadDir(b.root.FS(), ".")
		for _, fan := range fans {
			if len(fan.Name()) != fanLetters || !fan.IsDir() {
				continue
			}
			entries, err := fs.ReadDir(b.root.FS(), fan.Name())
			if err == nil {
				err = ctx.Err()
			}
			if err != nil {
				yield("", fmt.Errorf("list files: %w", err))
				return
			}
			for _, e := range entries {
				name, err := blobName(e.Name())
				if err == nil && name == path.Join(fan.Name(), e.Name()) && !yield(e.Name(), nil) {
					return
				}
			}
		}
		if err != nil {
			yield("", fmt.Errorf("list files: %w", err))
		}
	}
}

// fan makes the folder that contents of the same first letters lie in.
func (b *blobs) fan(name string) error {
	err := b.root.Mkdir(name, folderMode)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return b.sync(".")
}

// blobName answers where a content lies. An id that could mean another place
// is refused.
func blobName(id string) (string, error) {
	if len(id) < minBlobID || len(id) > maxBlobID || strings.Trim(id, "abcdefghijklmnopqrstuvwxyz0123456789") != "" {
		return "", errBlobID
	}
	return path.Join(id[:fanLetters], id), nil
}
