package services

import (
	"context"
	"errors"
	"slices"
	"strconv"

	"villagecounsel/services/domain"
)

// searchBack is how many full pages are searched for an item that is put a
// second time: what is derived twice is derived within moments.
const searchBack = 2

// put adds an item to an owner's list. One that is there already, by its key,
// is replaced, or left as it is if keep is set. A full page hands its older
// half to a page of its own: that page is written first, and writing it twice
// changes nothing.
func put[T any](ctx context.Context, pages Docs[domain.Page[T]], owner string, item T, keep bool, key func(T) string) error {
	same := func(t T) bool { return key(t) == key(item) }
	older := 0 // pages found not to hold the item
	for {
		head, err := pages.Upsert(ctx, owner, func(p *domain.Page[T]) error {
			i := slices.IndexFunc(p.Items, same)
			switch {
			case i >= 0 && keep:
				return domain.ErrUnchanged
			case i >= 0:
				p.Items[i] = item
			case p.Older != older:
				older = p.Older
				return errSearch
			default:
				p.Items = append(p.Items, item)
			}
			return nil
		})
		if errors.Is(err, errSearch) {
			found, err := replace(ctx, pages, owner, older, item, keep, same)
			if err != nil || found {
				return err
			}
			continue
		}
		if err != nil || len(head.Items) < domain.PageLen {
			return err
		}
		return turnPage(ctx, pages, owner, head)
	}
}

var errSearch = errors.New("the item may lie on an older page")

// replace replaces an item that already lies on a page of its own.
func replace[T any](ctx context.Context, pages Docs[domain.Page[T]], owner string, older int, item T, keep bool, same func(T) bool) (found bool, err error) {
	for n := older; n > 0 && n > older-searchBack; n-- {
		_, err := pages.Update(ctx, pageID(owner, n), func(p *domain.Page[T]) error {
			i := slices.IndexFunc(p.Items, same)
			found = i >= 0
			if !found || keep {
				return domain.ErrUnchanged
			}
			p.Items[i] = item
			return nil
		})
		if err != nil || found {
			return found, err
		}
	}
	return false, nil
}

func turnPage[T any](ctx context.Context, pages Docs[domain.Page[T]], owner string, head domain.Page[T]) error {
	const half = domain.PageLen / 2 // always the same, so that one who was stopped here may be followed by another
	n := head.Older + 1
	older := domain.Page[T]{Meta: domain.Meta{ID: pageID(owner, n)}, Items: head.Items[:half]}
	if err := pages.Insert(ctx, older); err != nil && !errors.Is(err, domain.ErrExists) {
		return err
	}
	_, err := pages.Update(ctx, owner, func(p *domain.Page[T]) error {
		if p.Older != head.Older || len(p.Items) < half {
			return domain.ErrUnchanged
		}
		p.Older, p.Items = n, slices.Clone(p.Items[half:])
		return nil
	})
	return err
}

// walk calls visit for every item of an owner's list, newest first, until it
// answers false.
func walk[T any](ctx context.Context, pages Docs[domain.Page[T]], owner string, visit func(T) bool) error {
	page, err := pages.Get(ctx, owner)
	if errors.Is(err, domain.ErrNotFound) {
		return nil
	}
	for n := page.Older; err == nil; n-- {
		for _, item := range slices.Backward(page.Items) {
			if !visit(item) {
				return nil
			}
		}
		if n == 0 {
			return nil
		}
		page, err = pages.Get(ctx, pageID(owner, n))
	}
	return err
}

func pageID(owner string, n int) string { return owner + "|" + strconv.Itoa(n) }
