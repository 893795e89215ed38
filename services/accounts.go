package services

import (
	"context"
	"crypto/rand"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"villagecounsel/services/domain"
)

// PrivacyVersion is the version of the privacy text (隐私政策) that a booking
// needs consent to.
const PrivacyVersion = "2026-11"

const (
	// tokenCheck is how long a person's token version may be remembered: the
	// longest time for which a revoked token still works.
	tokenCheck = 4 * time.Second
	// bindLife is how long a one-time code of the office stands.
	bindLife = 72 * time.Hour
	// bindAlphabet leaves out letters and digits that are mistaken for others.
	bindAlphabet = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
	bindLength   = 10
)

// Platform is where people log in: WeChat.
type Platform interface {
	// Login answers who a login code stands for.
	Login(ctx context.Context, code string) (domain.Session, error)
}

// Accounts are the verbs of logging in and of a person's own data.
type Accounts struct {
	Data     Data
	Now      func() time.Time
	Platform Platform
	Places   *Places
	// Newcomer fills in a person who logs in for the first time. Only demo
	// mode sets it.
	Newcomer func(openID domain.Private, p *domain.Person)

	seen sync.Map // person id -> remembered
}

type remembered struct {
	actor  domain.Actor
	tokens int
	until  time.Time
}

// Login answers the person of a WeChat login, made where it is the first.
func (s *Accounts) Login(ctx context.Context, code string) (domain.Person, error) {
	session, err := s.Platform.Login(ctx, code)
	if err != nil {
		return domain.Person{}, err
	}
	now := s.Now()
	login, err := s.Data.Logins.Upsert(ctx, s.Data.Hash("openid", session.OpenID.Reveal()), func(l *domain.Login) error {
		if l.Person == "" {
			l.Person, l.OpenID = "r"+strings.ToLower(rand.Text()[:24]), session.OpenID
		}
		l.SessionKey, l.Seen = session.SessionKey, now
		return nil
	})
	if err != nil {
		return domain.Person{}, err
	}
	p, err := s.Data.People.Get(ctx, login.Person)
	if !errors.Is(err, domain.ErrNotFound) {
		return p, err
	}
	p = domain.Person{Meta: domain.Meta{ID: login.Person}, Kind: domain.Resident, Login: login.ID, Created: now}
	if s.Newcomer != nil {
		s.Newcomer(session.OpenID, &p)
		if err := EnterDirectory(ctx, s.Data, &p); err != nil {
			return domain.Person{}, err
		}
	}
	if err := s.Data.People.Insert(ctx, p); err != nil && !errors.Is(err, domain.ErrExists) {
		return domain.Person{}, err
	}
	return s.Data.People.Get(ctx, login.Person)
}

// Who answers who acts by a token, if its version still stands. A revoked
// version is found out within five seconds.
func (s *Accounts) Who(ctx context.Context, person string, tokens int) (domain.Actor, error) {
	now := s.Now()
	if v, ok := s.seen.Load(person); ok {
		// Another version than the one remembered may be a newer one.
		if r := v.(remembered); r.tokens == tokens && now.Before(r.until) && now.After(r.until.Add(-2*tokenCheck)) {
			return r.actor, nil
		}
	}
	p, err := s.Data.People.Get(ctx, person)
	if errors.Is(err, domain.ErrNotFound) {
		return domain.Actor{}, errRevoked
	}
	if err != nil {
		return domain.Actor{}, err
	}
	r := remembered{actor: p.Actor(), tokens: p.Tokens, until: now.Add(tokenCheck)}
	s.seen.Store(person, r)
	if tokens != r.tokens {
		return domain.Actor{}, errRevoked
	}
	return r.actor, nil
}

var errRevoked = domain.Fault(domain.Unauthenticated, "token_revoked")

// Forget drops what is remembered of people for longer than it counts.
func (s *Accounts) Forget() {
	now := s.Now()
	s.seen.Range(func(k, v any) bool {
		if now.After(v.(remembered).until) {
			s.seen.Delete(k)
		}
		return true
	})
}

// Me answers the actor's own data.
func (s *Accounts) Me(ctx context.Context, actor domain.Actor) (domain.Person, error) {
	if err := May(actor, ActMe); err != nil {
		return domain.Person{}, err
	}
	return s.Data.People.Get(ctx, actor.ID)
}

// Amendment is what a person changes of their own data; nil leaves it.
type Amendment struct {
	Name    *string
	Phone   *string
	Village *string // 12 digits; "" leaves the village
}

// Amend changes the actor's own data. People of the rosters keep the name and
// the village that the office entered.
func (s *Accounts) Amend(ctx context.Context, actor domain.Actor, am Amendment) (domain.Person, error) {
	if err := May(actor, ActMe); err != nil {
		return domain.Person{}, err
	}
	var f domain.Faults
	if am.Name != nil {
		*am.Name = strings.TrimSpace(*am.Name)
		f.Check(domain.IsName(*am.Name), "name", "bad_name")
		f.Check(actor.Kind == domain.Resident, "name", "kept_by_office")
	}
	if am.Phone != nil {
		*am.Phone = strings.TrimSpace(*am.Phone)
		f.Check(domain.IsMobile(*am.Phone), "phone", "bad_phone")
	}
	if am.Village != nil {
		f.Check(actor.Kind == domain.Resident, "village", "kept_by_office")
		if *am.Village != "" {
			place, ok := s.Places.Lookup(*am.Village)
			f.Check(ok && !place.Unlisted, "village", "unknown_village")
		}
	}
	if err := f.Err(); err != nil {
		return domain.Person{}, err
	}
	amend := func(p *domain.Person) {
		if am.Name != nil {
			p.Name = domain.Private(*am.Name)
		}
		if am.Phone != nil && p.Phone.Reveal() != *am.Phone {
			p.Phone, p.Verified = domain.Private(*am.Phone), false
		}
		if am.Village != nil {
			p.Village = *am.Village
		}
	}
	// The directory may name a person too many, never one too few: whoever
	// looks there reads the person as well.
	p, err := s.Data.People.Get(ctx, actor.ID)
	if err != nil {
		return p, err
	}
	amend(&p)
	if err := EnterDirectory(ctx, s.Data, &p); err != nil {
		return p, err
	}
	p, err = s.Data.People.Update(ctx, actor.ID, func(p *domain.Person) error { amend(p); return nil })
	s.seen.Delete(actor.ID)
	return p, err
}

// Consent records the actor's word on a version of the privacy text.
func (s *Accounts) Consent(ctx context.Context, actor domain.Actor, version string, withdraw bool) (domain.Person, error) {
	if err := May(actor, ActMe); err != nil {
		return domain.Person{}, err
	}
	if version != PrivacyVersion && !withdraw {
		return domain.Person{}, domain.InvalidField("version", "unknown_version")
	}
	return s.Data.People.Update(ctx, actor.ID, func(p *domain.Person) error {
		if p.Consented(version) != withdraw {
			return domain.ErrUnchanged
		}
		p.Consents = append(p.Consents, domain.Consent{Version: version, At: s.Now(), Withdrawn: withdraw})
		return nil
	})
}

// handsOut says for whom an office may hand out codes: nobody for their own like
// or for those who watch over them but the security administrator.
var handsOut = map[domain.Kind][]domain.Kind{
	domain.TownStaff:    {domain.Cadre, domain.Collaborator, domain.AdvisorKind},
	domain.DistrictKind: {domain.Cadre, domain.Collaborator, domain.AdvisorKind, domain.FirmKind, domain.TownStaff},
	domain.Security:     domain.Kinds[1:], // all but residents, who are on no roster
}

// IssueBindCode answers a one-time code by which a person of the rosters in
// the actor's area joins their WeChat login to their record.
func (s *Accounts) IssueBindCode(ctx context.Context, actor domain.Actor, person, key string) (code string, expires time.Time, err error) {
	if err := May(actor, ActIssueBind); err != nil {
		return "", time.Time{}, err
	}
	p, err := s.Data.People.Get(ctx, person)
	if err != nil {
		return "", time.Time{}, err
	}
	if !slices.Contains(handsOut[actor.Kind], p.Kind) || !s.mayManage(ctx, actor, &p) {
		return "", time.Time{}, domain.ErrNotFound
	}
	// Whoever hands out a code could use it and be that person. A person who
	// has a login already is therefore joined to another by the security
	// administrator alone, and every code is on the audit trail first.
	if p.Login != "" && actor.Kind != domain.Security {
		return "", time.Time{}, domain.Fault(domain.Conflict, "bound_already")
	}
	if err := s.audit(ctx, actor, ActIssueBind, person); err != nil {
		return "", time.Time{}, err
	}
	return s.NewBindCode(ctx, person, actor.ID, key)
}

// NewBindCode makes a one-time code for a person. The same key answers the
// same code again.
func (s *Accounts) NewBindCode(ctx context.Context, person, by, key string) (code string, expires time.Time, err error) {
	raw := []byte(s.Data.Hash("bind code", by+"|"+person+"|"+key))[:bindLength]
	for i, c := range raw {
		raw[i] = bindAlphabet[int(c)%len(bindAlphabet)]
	}
	code, expires = string(raw), s.Now().Add(bindLife)
	id := s.Data.Hash("bind", code)
	err = s.Data.BindCodes.Insert(ctx, domain.BindCode{Meta: domain.Meta{ID: id}, Person: person, By: by, Expires: expires})
	if errors.Is(err, domain.ErrExists) {
		made, err := s.Data.BindCodes.Get(ctx, id)
		return code, made.Expires, err
	}
	return code, expires, err
}

// Bind joins the actor's WeChat login to the person for whom the office handed
// out the code, and answers that person.
func (s *Accounts) Bind(ctx context.Context, actor domain.Actor, code string) (domain.Person, error) {
	if err := May(actor, ActBind); err != nil {
		return domain.Person{}, err
	}
	bad := domain.InvalidField("code", "bad_bind_code")
	code = strings.ToUpper(strings.NewReplacer("-", "", " ", "").Replace(code))
	if len(code) != bindLength {
		return domain.Person{}, bad
	}
	sheet, err := s.Data.Sheets.Get(ctx, actor.ID)
	if err != nil && !errors.Is(err, domain.ErrNotFound) {
		return domain.Person{}, err
	}
	if slices.ContainsFunc(sheet.Open, func(o domain.OpenBooking) bool { return o.Start.After(s.Now()) }) {
		return domain.Person{}, domain.Fault(domain.Conflict, "bind_open_bookings")
	}
	me, err := s.Data.People.Get(ctx, actor.ID)
	if err != nil {
		return domain.Person{}, err
	}
	// The code is taken first: whoever is stopped after this step may use it
	// again, nobody else may.
	bound, err := s.Data.BindCodes.Update(ctx, s.Data.Hash("bind", code), func(c *domain.BindCode) error {
		if c.Used != "" && c.Used != me.Login || s.Now().After(c.Expires) {
			return bad
		}
		c.Used = me.Login
		return nil
	})
	if errors.Is(err, domain.ErrNotFound) {
		return domain.Person{}, bad
	}
	if err != nil {
		return domain.Person{}, err
	}
	p, err := s.Data.People.Get(ctx, bound.Person)
	if err != nil {
		return domain.Person{}, err
	}
	if err := s.audit(ctx, actor, ActBind, p.ID); err != nil {
		return domain.Person{}, err
	}
	if p.Login != me.Login {
		if p, err = s.takeOver(ctx, p, me.Login); err != nil {
			return domain.Person{}, err
		}
	}
	if _, err := s.Data.Logins.Update(ctx, me.Login, func(l *domain.Login) error {
		l.Person = p.ID
		return nil
	}); err != nil {
		return domain.Person{}, err
	}
	return p, s.revoke(ctx, actor.ID)
}

// audit notes what somebody did to a person's way in.
func (s *Accounts) audit(ctx context.Context, actor domain.Actor, act Act, person string) error {
	return writeAudit(ctx, s.Data, domain.AuditLine{At: s.Now(), By: actor.ID, Kind: actor.Kind, Verb: string(act), Subject: person})
}

// takeOver lets a person come through another login: the one before, such as
// that of a lost telephone, is this person's no more.
func (s *Accounts) takeOver(ctx context.Context, p domain.Person, login string) (domain.Person, error) {
	if p.Login != "" {
		_, err := s.Data.Logins.Update(ctx, p.Login, func(l *domain.Login) error {
			if l.Person != p.ID {
				return domain.ErrUnchanged
			}
			l.Person = ""
			return nil
		})
		if err != nil && !errors.Is(err, domain.ErrNotFound) {
			return p, err
		}
	}
	p, err := s.Data.People.Update(ctx, p.ID, func(p *domain.Person) error {
		p.Login = login
		p.Tokens++
		return nil
	})
	s.seen.Delete(p.ID)
	return p, err
}

// LogOut ends all sessions of the actor.
func (s *Accounts) LogOut(ctx context.Context, actor domain.Actor) error {
	if err := May(actor, ActMe); err != nil {
		return err
	}
	return s.revoke(ctx, actor.ID)
}

// Revoke ends all sessions of somebody.
func (s *Accounts) Revoke(ctx context.Context, actor domain.Actor, person string) error {
	if err := May(actor, ActRevokeTokens); err != nil {
		return err
	}
	p, err := s.Data.People.Get(ctx, person)
	if err != nil {
		return err
	}
	if !s.mayManage(ctx, actor, &p) {
		return domain.ErrNotFound
	}
	if err := s.audit(ctx, actor, ActRevokeTokens, person); err != nil {
		return err
	}
	return s.revoke(ctx, person)
}

func (s *Accounts) revoke(ctx context.Context, person string) error {
	_, err := s.Data.People.Update(ctx, person, func(p *domain.Person) error { p.Tokens++; return nil })
	s.seen.Delete(person)
	return err
}

// mayManage reports whether a person belongs to the area that the actor serves.
func (s *Accounts) mayManage(ctx context.Context, actor domain.Actor, p *domain.Person) bool {
	switch {
	case p.Village != "":
		return inArea(actor, p.Village)
	case p.Area != "":
		return inArea(actor, p.Area)
	case p.Kind == domain.AdvisorKind:
		d, err := s.Data.Diaries.Get(ctx, p.ID)
		return err == nil && slices.ContainsFunc(d.Posts, func(post domain.Post) bool { return inArea(actor, post.Village) })
	}
	// A firm, or a person without a place, belongs to the district's office.
	return actor.Kind != domain.TownStaff
}

// EnterDirectory notes a person under their whole name and phone.
func EnterDirectory(ctx context.Context, data Data, p *domain.Person) error {
	if p.Name == "" || p.Phone == "" {
		return nil
	}
	_, err := data.Directory.Upsert(ctx, directoryID(data.Hash, p.Name, p.Phone), func(e *domain.DirectoryEntry) error {
		if slices.Contains(e.Persons, p.ID) {
			return domain.ErrUnchanged
		}
		e.Persons = append(e.Persons, p.ID)
		return nil
	})
	return err
}

func directoryID(hash func(purpose, text string) string, name, phone domain.Private) string {
	return hash("directory", name.Reveal()+"|"+phone.Reveal())
}
