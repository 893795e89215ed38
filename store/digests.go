package store

import (
	"context"
	"fmt"
	"io/fs"
	"iter"
	"strings"

	"villagecounsel/services"
	"villagecounsel/services/domain"
)

const digestEnding = ".json"

// digests keeps one file a day, beside the database and never written again.
// It implements services.Digests.
type digests struct{ *folder }

// Put writes a day's text, or answers domain.ErrExists.
func (d *digests) Put(ctx context.Context, day domain.Day, text []byte) error {
	if _, ok := domain.ParseDay(string(day)); !ok {
		return fmt.Errorf("write digest: %q is no day", string(day))
	}
	err := ctx.Err()
	if err == nil {
		err = d.add(string(day)+digestEnding, text)
	}
	if err != nil {
		return fmt.Errorf("write digest: %w", err)
	}
	return nil
}

// All streams the days and their texts, the oldest first.
func (d *digests) All(ctx context.Context) iter.Seq2[services.Digest, error] {
	return func(yield func(services.Digest, error) bool) {
		entries, err := fs.ReadDir(d.root.FS(), ".") // in order of their names
		for _, e := range entries {
			name, _ := strings.CutSuffix(e.Name(), digestEnding)
			day, ok := domain.ParseDay(name)
			if !ok || name == e.Name() {
				continue
			}
			text, err := d.root.ReadFile(e.Name())
			if err == nil {
				err = ctx.Err()
			}
			if err != nil {
				yield(services.Digest{}, fmt.Errorf("read digest: %w", err))
				return
			}
			if !yield(services.Digest{Day: day, Text: text}, nil) {
				return
			}
		}
		if err != nil {
			yield(services.Digest{}, fmt.Errorf("list digests: %w", err))
		}
	}
}
