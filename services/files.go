package services

import (
	"context"
	"time"

	"villagecounsel/services/domain"
)

// Files are the verbs of uploaded files (附件).
type Files struct {
	Data  Data
	Now   func() time.Time
	Relay *Relay
}

// Upload keeps a file, judged by its content.
func (s *Files) Upload(ctx context.Context, actor domain.Actor, key string, content []byte) (domain.File, error) {
	return domain.File{}, domain.ErrNotFound
}

// Open answers a file to whom it may be given.
func (s *Files) Open(ctx context.Context, actor domain.Actor, id string) (domain.File, []byte, error) {
	return domain.File{}, nil, domain.ErrNotFound
}
