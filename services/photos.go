package services

import (
	"context"
	"errors"

	"villagecounsel/services/domain"
	"villagecounsel/services/filecheck"
)

// errPhoto says that the photo was changed meanwhile.
var errPhoto = errors.New("another photo stands on the card")

// SetPhoto puts a picture that the advisor has uploaded on their public card
// (照片), or takes the photo off where id is empty. The one before is swept
// after a while, and may be put back until then.
func (s *Files) SetPhoto(ctx context.Context, actor domain.Actor, id string) error {
	if err := May(actor, ActPhoto); err != nil {
		return err
	}
	for {
		adv, err := s.Data.Advisors.Get(ctx, actor.ID)
		if err != nil || adv.Photo == id {
			return err
		}
		if id != "" {
			if err := claimFiles(ctx, s.Data, actor, claimPhoto+actor.ID, "file", []string{id}, filecheck.Images...); err != nil {
				return err
			}
		}
		// The sweep is noted before the card lets go of the photo: one that finds
		// it still there leaves it alone.
		if adv.Photo != "" {
			if err := s.Relay.dueTask(ctx, domain.SweepFile, adv.Photo, s.Now().Add(claimGrace)); err != nil {
				return err
			}
		}
		_, err = s.Data.Advisors.Update(ctx, actor.ID, func(a *domain.Advisor) error {
			if a.Photo != adv.Photo {
				return errPhoto
			}
			a.Photo = id
			return nil
		})
		if !errors.Is(err, errPhoto) {
			return err
		}
	}
}

// Photo answers the photo of an advisor in service, for anybody.
func (s *Files) Photo(ctx context.Context, advisor string) (domain.File, []byte, error) {
	adv, err := s.Data.Advisors.Get(ctx, advisor)
	if err != nil {
		return domain.File{}, nil, err
	}
	d, err := s.Data.Diaries.Get(ctx, advisor)
	if err != nil {
		return domain.File{}, nil, err
	}
	if adv.Photo == "" || !d.InService(domain.DayOf(s.Now())) {
		return domain.File{}, nil, domain.ErrNotFound
	}
	f, err := s.Data.Files.Get(ctx, adv.Photo)
	if err != nil {
		return domain.File{}, nil, err
	}
	content, err := s.content(ctx, &f)
	return f, content, err
}
