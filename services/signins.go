package services

import (
	"context"
	"crypto/subtle"
	"errors"
	"slices"
	"strconv"
	"time"

	"villagecounsel/services/domain"
	"villagecounsel/services/filecheck"
)

// SignIns are the verbs of signing in (签到).
type SignIns struct {
	Data   Data
	Now    func() time.Time
	Places *Places
	Relay  *Relay
}

// SignInRequest says that an advisor is, or was, in a village.
type SignInRequest struct {
	Key      string
	Advisor  string // a cadre names who is there; an advisor leaves it empty
	Village  string // or the 9 digits of the town whose station it is
	Way      domain.Way
	At       time.Time // when it was made, by the telephone's clock
	Lat, Lon *float64  // degrees, GCJ-02
	Accuracy int       // metres
	Code     string    // as the village's QR code says
	Photo    string    // id of a file
}

// Rules of signing in, all own choices.
const (
	signInAhead  = 5 * time.Minute    // by which a telephone's clock may be fast
	signInLate   = 7 * 24 * time.Hour // for which a telephone may be without network
	insideMetres = 500                // from the village's point
	maxSlack     = 200                // metres of a telephone's inaccuracy that are allowed for
	maxAccuracy  = 100_000            // metres that a telephone may say
	maxSignIns   = 20                 // that one person enters of an advisor's day
)

// Add notes a sign-in: of an advisor by whichever way works, or by a cadre who
// vouches for one. The same request again answers the same sign-in. Where the
// cadre's telephone is says nothing of the advisor, and is not kept.
func (s *SignIns) Add(ctx context.Context, actor domain.Actor, req SignInRequest) (advisor string, made domain.SignIn, err error) {
	if err := May(actor, ActSignIn); err != nil {
		return "", domain.SignIn{}, err
	}
	now := s.Now()
	if actor.Kind == domain.AdvisorKind {
		req.Advisor = actor.ID
	} else {
		req.Lat, req.Lon, req.Accuracy = nil, nil, 0
	}
	if err := s.check(actor, &req); err != nil {
		return "", domain.SignIn{}, err
	}
	made = domain.SignIn{ID: s.Data.Hash("signin", actor.ID+"|"+req.Key), Village: req.Village, Way: req.Way, Claimed: req.At, Received: now,
		By: actor.ID, ByKind: actor.Kind, Accuracy: req.Accuracy, Photo: req.Photo, Request: s.Data.request(req.parts()...)}
	day := req.Advisor + "|" + string(domain.DayOf(req.At))
	old, err := s.Data.SignIns.Get(ctx, day)
	if err != nil && !errors.Is(err, domain.ErrNotFound) {
		return "", domain.SignIn{}, err
	}
	if err := addSignIn(&old, made); errors.Is(err, domain.ErrUnchanged) {
		return req.Advisor, signInOf(&old, made.ID), nil
	} else if err != nil {
		return "", domain.SignIn{}, err
	}
	if err := s.judge(ctx, &req, now); err != nil {
		return "", domain.SignIn{}, err
	}
	if err := s.measure(ctx, &req, &made); err != nil {
		return "", domain.SignIn{}, err
	}
	if req.Photo != "" {
		if err := claimFiles(ctx, s.Data, actor, claimSignIn+day, "photo", []string{req.Photo}, filecheck.Images...); err != nil {
			return "", domain.SignIn{}, err
		}
	}
	if err := s.Relay.dueTask(ctx, domain.ErasePoints, day, domain.DayOf(req.At).Time().Add(domain.KeepPoint)); err != nil {
		return "", domain.SignIn{}, err
	}
	doc, err := s.Data.SignIns.Upsert(ctx, day, func(d *domain.SignInDay) error { return addSignIn(d, made) })
	if err != nil {
		return "", domain.SignIn{}, err
	}
	return req.Advisor, signInOf(&doc, made.ID), nil
}

// addSignIn adds a sign-in to its day, once.
func addSignIn(d *domain.SignInDay, made domain.SignIn) error {
	old := signInOf(d, made.ID)
	switch {
	case old.ID != "" && old.Request != made.Request:
		return domain.Fault(domain.Invalid, "idempotency_reused")
	case old.ID != "":
		return domain.ErrUnchanged
	case signedBy(d, made.By) >= maxSignIns:
		return domain.Fault(domain.Conflict, "too_many_sign_ins")
	}
	d.Items = append(d.Items, made)
	return nil
}

func signedBy(d *domain.SignInDay, person string) (n int) {
	for _, in := range d.Items {
		if in.By == person {
			n++
		}
	}
	return n
}

func signInOf(d *domain.SignInDay, id string) domain.SignIn {
	for _, in := range d.Items {
		if in.ID == id {
			return in
		}
	}
	return domain.SignIn{}
}

// check judges what can be judged without looking anything up.
func (s *SignIns) check(actor domain.Actor, req *SignInRequest) error {
	var f domain.Faults
	f.Check(slices.Contains(domain.Ways, req.Way), "way", "unknown")
	cadre := actor.Kind == domain.Cadre
	f.Check(!slices.Contains(domain.Ways, req.Way) || cadre == (req.Way == domain.ByCadre), "way", "not_yours")
	f.Check(req.Advisor != "", "advisor", "required")
	f.Check(domain.IsVillageCode(req.Village) || domain.IsDigits(req.Village, domain.TownDigits), "village", "bad_village")
	f.Check(!cadre || req.Village == actor.Village, "village", "not_yours")
	f.Check(!req.At.IsZero(), "at", "required")
	placed := req.Lat != nil && req.Lon != nil
	f.Check(req.Lat != nil || req.Lon == nil && req.Way != domain.ByPlace, "lat", "required")
	f.Check(req.Lon != nil || req.Lat == nil && req.Way != domain.ByPlace, "lon", "required")
	f.Check(!placed || domain.IsInChina(*req.Lat, *req.Lon), "lat", "out_of_range")
	f.Check(0 <= req.Accuracy && req.Accuracy <= maxAccuracy, "accuracy", "out_of_range")
	right := subtle.ConstantTimeCompare([]byte(req.Code), []byte(villageCode(s.Data, req.Village))) == 1
	f.Check(req.Way != domain.ByCode || right, "code", "bad_code")
	f.Check(req.Way != domain.ByPhoto || req.Photo != "", "photo", "required")
	return f.Err()
}

// judge judges when and where: the advisor serves the village on that day.
func (s *SignIns) judge(ctx context.Context, req *SignInRequest, now time.Time) error {
	var f domain.Faults
	f.Check(!req.At.After(now.Add(signInAhead)), "at", "future")
	f.Check(!req.At.Before(now.Add(-signInLate)), "at", "too_old")
	d, err := s.Data.Diaries.Get(ctx, req.Advisor)
	if err != nil && !errors.Is(err, domain.ErrNotFound) {
		return err
	}
	f.Check(servesIn(&d, req.Village, domain.DayOf(req.At)), "village", "not_served")
	return f.Err()
}

func (r *SignInRequest) parts() []string {
	return []string{r.Advisor, r.Village, string(r.Way), r.At.UTC().Format(time.RFC3339Nano), r.point(), strconv.Itoa(r.Accuracy), r.Code, r.Photo}
}

// pointPlaces is how many places of a degree are kept: the sixth is 0.1 m.
const pointPlaces = 6

// point writes where somebody was, or nothing.
func (r *SignInRequest) point() string {
	if r.Lat == nil || r.Lon == nil {
		return ""
	}
	return strconv.FormatFloat(*r.Lat, 'f', pointPlaces, 64) + "," + strconv.FormatFloat(*r.Lon, 'f', pointPlaces, 64)
}

// measure notes where somebody was, and how far that is from the village's
// point, if the office has entered one.
func (s *SignIns) measure(ctx context.Context, req *SignInRequest, made *domain.SignIn) error {
	if made.Point = domain.Private(req.point()); made.Point == "" {
		return nil
	}
	if len(req.Village) < domain.VillageDigits {
		return nil // a town has no point of its own
	}
	town, err := s.Data.Towns.Get(ctx, domain.TownOf(req.Village))
	if errors.Is(err, domain.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, v := range town.Villages {
		if v.Code == req.Village && (v.Lat != 0 || v.Lon != 0) {
			made.Measured = true
			made.Distance = int(domain.Metres(v.Lat, v.Lon, *req.Lat, *req.Lon))
			made.Inside = made.Distance <= insideMetres+min(req.Accuracy, maxSlack)
		}
	}
	return nil
}

// Code answers the text of a village's QR code, for its cadres and its office.
func (s *SignIns) Code(ctx context.Context, actor domain.Actor, village string) (string, error) {
	if err := May(actor, ActVillageCode); err != nil {
		return "", err
	}
	place, ok := s.Places.Lookup(village)
	if domain.IsDigits(village, domain.TownDigits) {
		ok = len(s.Places.Town(village)) > 0
	}
	theirs := actor.Village == village || isStaff(actor) && inArea(actor, village)
	if !ok || place.Unlisted || !theirs {
		return "", domain.ErrNotFound
	}
	return villageCode(s.Data, village), nil
}

// villageCode is what the QR code on the village's wall says. Only who has the
// house's key can write another village's.
func villageCode(data Data, village string) string {
	return "vc1." + village + "." + data.Hash("sign-in", village)
}

// erasePoints erases where exactly somebody was on a day; whether that was in
// the village, and how far from its point, stays.
func (r *Relay) erasePoints(ctx context.Context, day string) error {
	_, err := r.Data.SignIns.Update(ctx, day, func(d *domain.SignInDay) error {
		changed := false
		for i := range d.Items {
			changed = changed || d.Items[i].Point != ""
			d.Items[i].Point, d.Items[i].Request = "", "" // the request said where, too
		}
		if !changed {
			return domain.ErrUnchanged
		}
		return nil
	})
	if errors.Is(err, domain.ErrNotFound) {
		return nil
	}
	return err
}
