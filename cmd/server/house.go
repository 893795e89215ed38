package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"villagecounsel/services"
	"villagecounsel/services/domain"
	"villagecounsel/store"
	"villagecounsel/store/embedded"
)

// clock is the house's clock. Only demo mode moves it.
type clock struct{ offset atomic.Int64 }

func (c *clock) now() time.Time {
	return time.Now().Add(time.Duration(c.offset.Load())).Truncate(time.Millisecond)
}

// past answers the earliest that the clock may say again: it is set back to the
// machine's, or ahead of it.
func (c *clock) past() time.Time {
	if machine := time.Now(); machine.Before(c.now()) {
		return machine
	}
	return c.now()
}

func (c *clock) move(offset time.Duration) { c.offset.Store(int64(offset)) }

// house is what every command needs: the store, the clock and the villages.
type house struct {
	clock  clock
	data   services.Data
	years  *services.Years
	places *services.Places

	store  *store.Store
	engine *embedded.Engine // nil on MongoDB
}

// openHouse opens the store and makes sure that it may be used.
func openHouse(ctx context.Context, conf config) (*house, error) {
	h, err := openStore(ctx, conf, conf.dataDir)
	if err != nil {
		return nil, err
	}
	if err := h.enter(ctx, conf); err != nil {
		h.close(ctx)
		return nil, err
	}
	return h, nil
}

// openStore opens a store as it is: MongoDB where one is named, the embedded
// engine on a folder otherwise.
func openStore(ctx context.Context, conf config, folder string) (*house, error) {
	keys, err := store.NewKeys(conf.dataKey)
	if err != nil {
		return nil, err
	}
	h := &house{}
	sc := store.Config{URI: conf.mongoURI.Reveal(), Database: conf.mongoDatabase, Keys: keys, Folder: conf.dataDir}
	if conf.mongoURI == "" {
		if h.engine, err = embedded.Start(folder); err != nil {
			return nil, err
		}
		sc.URI, sc.Embedded = h.engine.URI, h.engine
	}
	if h.store, err = store.Open(ctx, sc); err != nil {
		if h.engine != nil {
			h.engine.Stop()
		}
		return nil, err
	}
	h.data = h.store.Data()
	h.years = &services.Years{Data: h.data}
	h.places = &services.Places{Towns: h.data.Towns}
	return h, nil
}

// enter makes sure that the store may be used, and brings an older one up to
// what the program knows.
func (h *house) enter(ctx context.Context, conf config) error {
	if err := h.whole(ctx); err != nil {
		return err
	}
	form, err := h.recognise(ctx, conf)
	if err != nil {
		return err
	}
	return h.upgrade(ctx, form, h.clock.now())
}

// whole refuses a store into which a restore was cut off.
func (h *house) whole(ctx context.Context) error {
	_, err := h.data.Marks.Get(ctx, store.RestoringMark)
	switch {
	case err == nil:
		return errCutOff
	case errors.Is(err, domain.ErrNotFound):
		return nil
	}
	return newer(err)
}

// upgrade brings a store of an older form up. It may be stopped anywhere and
// run again.
func (h *house) upgrade(ctx context.Context, form int, now time.Time) error {
	for ; form < store.SchemaVersion; form++ {
		if err := services.Upgrade(ctx, h.data, form, now); err != nil {
			return fmt.Errorf("bring up the store: %w", err)
		}
		if err := store.Restamp(ctx, h.data); err != nil {
			return fmt.Errorf("bring up the store: %w", newer(err))
		}
		_, err := h.data.Marks.Update(ctx, storeMark, func(m *domain.Mark) error { m.Form = form + 1; return nil })
		if err != nil {
			return fmt.Errorf("bring up the store: %w", err)
		}
	}
	return nil
}

// errOtherStore says that a store was made in the other mode or with another
// key.
var errOtherStore = errors.New("this store belongs to other settings")

var (
	errNewer  = errors.New("数据由更新版本的程序写成,请改用新版程序。this store was written by a newer program: use that one")
	errCutOff = errors.New("上次还原中断,数据不完整,请重新还原到一个空目录。restore was cut off: restore again into an empty folder")
)

// newer tells of a store that only a newer program knows.
func newer(err error) error {
	if errors.Is(err, store.ErrNewer) {
		return fmt.Errorf("%w (%w)", errNewer, err)
	}
	return err
}

// storeMark is the mark by which a store is known again.
const storeMark = "store"

// recognise holds the store to the mode and the data key with which it was
// made: with another key nobody would be found again, and invented people have
// no place among real ones. It answers the store's form.
func (h *house) recognise(ctx context.Context, conf config) (form int, err error) {
	mark, err := h.data.Marks.Upsert(ctx, storeMark, func(m *domain.Mark) error {
		if m.Mode != "" {
			return domain.ErrUnchanged
		}
		m.Mode, m.Key, m.At, m.Form = conf.mode(), h.data.Hash("store", "key"), h.clock.now(), store.SchemaVersion
		return nil
	})
	if err != nil {
		return 0, newer(err)
	}
	return h.fits(&mark, conf)
}

// fits holds a store's mark to the settings, and answers its form.
func (h *house) fits(mark *domain.Mark, conf config) (form int, err error) {
	switch form = max(mark.Form, 1); {
	case mark.Key != h.data.Hash("store", "key"):
		return 0, fmt.Errorf("%w: it was made with another DATA_KEY", errOtherStore)
	case mark.Mode != conf.mode():
		return 0, fmt.Errorf("%w: it was made in %s mode, the program runs in %s mode (DEMO)", errOtherStore, mark.Mode, conf.mode())
	case form > store.SchemaVersion:
		return 0, fmt.Errorf("%w (form %d, the program knows %d)", errNewer, form, store.SchemaVersion)
	}
	return form, nil
}

// close waits for what is under way and gives the data folder free.
func (h *house) close(ctx context.Context) {
	if err := h.store.Close(context.WithoutCancel(ctx)); err != nil {
		slog.Error("close the store", "err", err)
	}
	if h.engine != nil {
		h.engine.Stop()
	}
}

// since answers from when on pointers may belong to somebody alive: only this
// program writes to the embedded engine.
func (h *house) since() time.Time {
	if h.engine == nil {
		return time.Time{}
	}
	return h.clock.now()
}

func (h *house) relay() *services.Relay {
	return services.NewRelay(h.data, h.clock.now, h.years, h.since())
}
