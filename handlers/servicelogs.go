package handlers

import (
	"slices"
	"time"

	"github.com/gin-gonic/gin"

	"villagecounsel/services"
	"villagecounsel/services/domain"
)

type serviceLog struct {
	ID      string           `json:"id"`
	Advisor string           `json:"advisor"`
	Village *string          `json:"village"` // null = the town's station
	Town    string           `json:"town"`
	Start   string           `json:"start"`
	End     string           `json:"end"`
	Mode    domain.Mode      `json:"mode"`
	Duty    domain.Duty      `json:"duty"`
	Status  domain.LogStatus `json:"status"`
	Version int              `json:"version"`
	Can     []domain.LogVerb `json:"can"`
	*logContent
	Note *string `json:"note,omitempty"` // the advisor alone gets it
}

// logContent is what the people of the village do not see of a service.
type logContent struct {
	Appointment     *string    `json:"appointment"`
	ConcernsVillage bool       `json:"concerns_village"`
	Counters        counters   `json:"counters"`
	With            []string   `json:"with"`
	Groups          []string   `json:"groups"`
	Method          string     `json:"method"`
	Content         string     `json:"content"`
	Result          string     `json:"result"`
	Files           []string   `json:"files"`
	LateDays        int        `json:"late_days"`
	Created         string     `json:"created"`
	SignIns         *[]signIn  `json:"sign_ins"` // null in lists
	Events          []logEvent `json:"events"`
}

type logEvent struct {
	At      string         `json:"at"`
	Verb    domain.LogVerb `json:"verb"`
	By      domain.Kind    `json:"by"`
	Version int            `json:"version"`
	Reason  *string        `json:"reason"`
}

// counters are named on the wire; a test holds the names to those of the
// domain.
type counters struct {
	LecturePeople    int `json:"lecture_people"`
	Consultations    int `json:"consultations"`
	DisputesMediated int `json:"disputes_mediated"`
	PeopleTrained    int `json:"people_trained"`
	Materials        int `json:"materials"`
	LegalAid         int `json:"legal_aid"`
	Documents        int `json:"documents"`
	VillageRules     int `json:"village_rules"`
}

func countersOf(c domain.Counters) counters {
	return counters{c[domain.LecturePeople], c[domain.Consultations], c[domain.DisputesMediated], c[domain.PeopleTrained],
		c[domain.Materials], c[domain.LegalAid], c[domain.Documents], c[domain.VillageRules]}
}

func (c *counters) counted() *domain.Counters {
	if c == nil {
		return nil
	}
	return &domain.Counters{c.LecturePeople, c.Consultations, c.DisputesMediated, c.PeopleTrained, c.Materials, c.LegalAid, c.Documents, c.VillageRules}
}

func logOf(seen services.SeenLog) serviceLog {
	l, now := &seen.ServiceLog, seen.Now()
	out := serviceLog{ID: l.ID, Advisor: l.Advisor, Village: orNull(now.Village), Town: now.Town, Start: when(now.Start), End: when(now.End),
		Mode: now.Mode, Duty: now.Duty, Status: l.Status, Version: len(l.Versions), Can: append([]domain.LogVerb{}, seen.Can...)}
	if !seen.Content {
		return out
	}
	out.logContent = &logContent{
		Appointment: orNull(l.Appointment), ConcernsVillage: now.ConcernsVillage, Counters: countersOf(now.Counters),
		With: append([]string{}, now.With...), Groups: mapped(now.Groups, domain.KeyGroup.Reveal),
		Method: now.Method.Reveal(), Content: now.Content.Reveal(), Result: now.Result.Reveal(), Files: append([]string{}, now.Files...),
		LateDays: services.LateDays(now.End, l.Created), Created: when(l.Created),
		Events: mapped(l.Events, func(e domain.LogEvent) logEvent {
			return logEvent{when(e.At), e.Verb, e.ByKind, e.Version, orNull(e.Reason.Reveal())}
		}),
	}
	if seen.SignIns != nil {
		all := mapped(seen.SignIns, func(in domain.SignIn) signIn { return signInOf(l.Advisor, in) })
		out.SignIns = &all
	}
	if seen.Own {
		note := l.Note.Reveal()
		out.Note = &note
	}
	return out
}

// logVersion is one state of what was reported.
type logVersion struct {
	No              int         `json:"no"`
	At              string      `json:"at"`
	ByKind          domain.Kind `json:"by_kind"`
	Reason          *string     `json:"reason"`
	Village         *string     `json:"village"`
	Town            string      `json:"town"`
	Mode            domain.Mode `json:"mode"`
	Duty            domain.Duty `json:"duty"`
	Start           string      `json:"start"`
	End             string      `json:"end"`
	Counters        counters    `json:"counters"`
	With            []string    `json:"with"`
	Groups          []string    `json:"groups"`
	Method          string      `json:"method"`
	Content         string      `json:"content"`
	Result          string      `json:"result"`
	Files           []string    `json:"files"`
	ConcernsVillage bool        `json:"concerns_village"`
}

func logVersionsOf(l *domain.ServiceLog) []logVersion {
	out := make([]logVersion, len(l.Versions))
	for i, v := range l.Versions {
		out[i] = logVersion{
			No: i + 1, At: when(v.At), ByKind: v.ByKind, Reason: orNull(v.Reason.Reveal()), Village: orNull(v.Village), Town: v.Town,
			Mode: v.Mode, Duty: v.Duty, Start: when(v.Start), End: when(v.End), Counters: countersOf(v.Counters),
			With: append([]string{}, v.With...), Groups: mapped(v.Groups, domain.KeyGroup.Reveal), Method: v.Method.Reveal(),
			Content: v.Content.Reveal(), Result: v.Result.Reveal(), Files: append([]string{}, v.Files...), ConcernsVillage: v.ConcernsVillage,
		}
	}
	return out
}

// logBody is what the verbs of a service log may say; each reads its own.
type logBody struct {
	Appointment     string            `json:"appointment"`
	Advisor         string            `json:"advisor"`
	Version         *int              `json:"version"`
	Reason          string            `json:"reason"`
	Village         string            `json:"village"`
	Town            string            `json:"town"`
	Mode            domain.Mode       `json:"mode"`
	Duty            domain.Duty       `json:"duty"`
	Start           string            `json:"start"`
	End             string            `json:"end"`
	Counters        *counters         `json:"counters"`
	With            []string          `json:"with"`
	Groups          []domain.KeyGroup `json:"groups"`
	Method          string            `json:"method"`
	Content         string            `json:"content"`
	Result          string            `json:"result"`
	Files           []string          `json:"files"`
	ConcernsVillage bool              `json:"concerns_village"`
	Note            *string           `json:"note"`
}

func (b *logBody) edit(f *domain.Faults) services.LogEdit {
	return services.LogEdit{
		Village: b.Village, Town: b.Town, Mode: b.Mode, Duty: b.Duty,
		Start: momentOrNone(b.Start, "start", f), End: momentOrNone(b.End, "end", f),
		Counters: b.Counters.counted(), With: b.With, Groups: b.Groups, Method: b.Method, Content: b.Content, Result: b.Result,
		Files: b.Files, ConcernsVillage: b.ConcernsVillage,
	}
}

func momentOrNone(s, name string, f *domain.Faults) time.Time {
	if s == "" {
		return time.Time{}
	}
	return moment(s, name, f)
}

func seenLog(status func(any, error) (int, any, error), seen services.SeenLog, err error) (int, any, error) {
	if err != nil {
		return 0, nil, err
	}
	return status(logOf(seen), nil)
}

func (s *Server) writeLog(c *gin.Context, actor domain.Actor) (int, any, error) {
	key, err := idempotencyKey(c, true)
	if err != nil {
		return 0, nil, err
	}
	var in logBody
	if err := read(c, &in); err != nil {
		return 0, nil, err
	}
	var f domain.Faults
	edit := in.edit(&f)
	if err := f.Err(); err != nil {
		return 0, nil, err
	}
	req := services.LogRequest{Key: key, Appointment: in.Appointment, Advisor: in.Advisor, Reason: in.Reason, Edit: edit}
	if in.Note != nil {
		req.Note = *in.Note
	}
	seen, err := s.Logs.Write(c, actor, req)
	return seenLog(created, seen, err)
}

func (s *Server) logs(c *gin.Context, actor domain.Actor) (int, any, error) {
	q := query{c: c}
	f := services.LogFilter{
		Advisor: q.text("advisor", maxID), Village: q.digits("village", 12), Appointment: q.text("appointment", maxID),
		Status: domain.LogStatus(c.Query("status")), From: q.day("from"), To: q.day("to"), Limit: q.limit(),
	}
	q.faults.Check(f.Status == "" || slices.Contains(domain.LogStatuses, f.Status), "status", "unknown")
	q.range31(f.From, f.To)
	if err := q.faults.Err(); err != nil {
		return 0, nil, err
	}
	var err error
	if f.After, err = readTimeCursor(c.Query("cursor")); err != nil {
		return 0, nil, err
	}
	items, next, err := s.Logs.List(c, actor, f)
	if err != nil {
		return 0, nil, err
	}
	return ok(list[serviceLog]{mapped(items, logOf), writeTimeCursor(next)}, nil)
}

func (s *Server) log(c *gin.Context, actor domain.Actor) (int, any, error) {
	seen, err := s.Logs.Log(c, actor, c.Param("id"))
	return seenLog(ok, seen, err)
}

// logVersions answers every state of a report, the first one first, to those
// who may see what was reported.
func (s *Server) logVersions(c *gin.Context, actor domain.Actor) (int, any, error) {
	seen, err := s.Logs.Log(c, actor, c.Param("id"))
	if err == nil && !seen.Content {
		err = notFound
	}
	if err != nil {
		return 0, nil, err
	}
	return ok(pageOf(c, logVersionsOf(&seen.ServiceLog), func(v logVersion) logVersion { return v }))
}

func (s *Server) confirmLog(c *gin.Context, actor domain.Actor) (int, any, error) {
	in, key, err := readVerb[judgementBody](c)
	if err != nil {
		return 0, nil, err
	}
	seen, err := s.Logs.Confirm(c, actor, c.Param("id"), in.Version, key)
	return seenLog(ok, seen, err)
}

func (s *Server) disputeLog(c *gin.Context, actor domain.Actor) (int, any, error) {
	in, key, err := readVerb[judgementBody](c)
	if err != nil {
		return 0, nil, err
	}
	seen, err := s.Logs.Dispute(c, actor, c.Param("id"), in.Version, in.Reason, key)
	return seenLog(ok, seen, err)
}

// judgementBody is what is said of a service: of which version, and why.
type judgementBody struct {
	Version int    `json:"version"`
	Reason  string `json:"reason"`
}

func (s *Server) correctLog(c *gin.Context, actor domain.Actor) (int, any, error) {
	key, err := idempotencyKey(c, false)
	if err != nil {
		return 0, nil, err
	}
	var in logBody
	if err := read(c, &in); err != nil {
		return 0, nil, err
	}
	var f domain.Faults
	f.Check(in.Version != nil, "version", "required")
	edit := in.edit(&f)
	if err := f.Err(); err != nil {
		return 0, nil, err
	}
	seen, err := s.Logs.Correct(c, actor, c.Param("id"), services.LogCorrection{
		Key: key, Version: *in.Version, Reason: in.Reason, Note: in.Note, Edit: edit,
	})
	return seenLog(ok, seen, err)
}
