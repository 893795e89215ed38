package services

import (
	"context"
	"time"

	"villagecounsel/services/domain"
)

// Records are the verbs of lifecycle records (履历记录): nobody writes one, they
// follow from what takes place.
type Records struct {
	Data Data
	Now  func() time.Time
}

// RecordList is one page of somebody's records, newest first.
type RecordList struct {
	Items []domain.Record
	Next  int64 // sequence number of the last item if there are more, or 0
	Head  domain.ChainHead
}

// List answers an advisor's records before the one numbered, if not 0: to the
// advisor all, to the office those of its area.
func (s *Records) List(ctx context.Context, actor domain.Actor, advisor string, before int64, limit int) (RecordList, error) {
	return RecordList{}, domain.ErrNotFound
}
