package services

import (
	"slices"
	"strings"

	"villagecounsel/services/domain"
)

// Act is one thing that somebody may want to do.
type Act string

// The acts of the access table.
const (
	ActMe              Act = "me"               // see and amend oneself, consent, log out everywhere
	ActBind            Act = "bind"             // join this login to a person of the rosters
	ActBook            Act = "book"             // book an appointment
	ActAppointments    Act = "appointments"     // list appointments
	ActOpenMatter      Act = "open_matter"      // read what a matter is about, with a purpose
	ActSchedule        Act = "schedule"         // keep one's own diary
	ActWait            Act = "wait"             // stand on a waiting list
	ActNotices         Act = "notices"          // read one's notices
	ActLog             Act = "log"              // enter a service log
	ActLogs            Act = "logs"             // list service logs
	ActRecords         Act = "records"          // read lifecycle records
	ActTallies         Act = "tallies"          // read monthly figures
	ActComplain        Act = "complain"         // file a complaint
	ActComplaints      Act = "complaints"       // list complaints
	ActAnswerComplaint Act = "answer_complaint" // give the office's word on a complaint
	ActUpload          Act = "upload"           // upload a file
	ActPhoto           Act = "photo"            // put a photo on one's own public card
	ActSignIn          Act = "sign_in"          // sign in, or vouch for who is there
	ActVillageCode     Act = "village_code"     // print the village's code for signing in
	ActHelpers         Act = "helpers"          // list who may have served together in a village
	ActIssueBind       Act = "issue_bind"       // hand out a one-time code for a person of the rosters
	ActRevokeTokens    Act = "revoke_tokens"    // end all sessions of somebody
)

// access is the one table of who may do what at all. Whose things they may do
// it to is decided by Side and by area, and a thing that is not theirs to see
// does not exist for them.
var access = map[Act][]domain.Kind{
	ActMe:              domain.Kinds,
	ActBind:            {domain.Resident},
	ActBook:            {domain.Resident, domain.Cadre, domain.Collaborator, domain.TownStaff, domain.DistrictKind},
	ActAppointments:    {domain.Resident, domain.Cadre, domain.Collaborator, domain.AdvisorKind, domain.TownStaff, domain.DistrictKind},
	ActOpenMatter:      {domain.TownStaff, domain.DistrictKind},
	ActSchedule:        {domain.AdvisorKind},
	ActWait:            {domain.Resident, domain.Cadre, domain.Collaborator},
	ActNotices:         domain.Kinds,
	ActLog:             {domain.AdvisorKind, domain.TownStaff, domain.DistrictKind},
	ActLogs:            {domain.Resident, domain.Cadre, domain.Collaborator, domain.AdvisorKind, domain.TownStaff, domain.DistrictKind},
	ActRecords:         {domain.AdvisorKind, domain.Collaborator, domain.TownStaff, domain.DistrictKind},
	ActTallies:         {domain.AdvisorKind, domain.Collaborator, domain.TownStaff, domain.DistrictKind, domain.CityViewer},
	ActComplain:        {domain.Resident, domain.Cadre, domain.Collaborator, domain.TownStaff, domain.DistrictKind},
	ActComplaints:      {domain.Resident, domain.Cadre, domain.Collaborator, domain.TownStaff, domain.DistrictKind},
	ActAnswerComplaint: {domain.TownStaff, domain.DistrictKind},
	ActUpload:          {domain.Resident, domain.Cadre, domain.Collaborator, domain.AdvisorKind, domain.TownStaff, domain.DistrictKind},
	ActPhoto:           {domain.AdvisorKind},
	ActSignIn:          {domain.Cadre, domain.AdvisorKind},
	ActVillageCode:     {domain.Cadre, domain.TownStaff, domain.DistrictKind},
	ActHelpers:         {domain.AdvisorKind, domain.TownStaff, domain.DistrictKind},
	ActIssueBind:       {domain.TownStaff, domain.DistrictKind, domain.Security},
	ActRevokeTokens:    {domain.Security},
}

// May answers nil if this kind of person may do the act at all, and
// domain.ErrForbidden if not.
func May(actor domain.Actor, act Act) error {
	if slices.Contains(access[act], actor.Kind) {
		return nil
	}
	return domain.ErrForbidden
}

// Side is what somebody is to one appointment.
type Side string

// The sides of an appointment.
const (
	SideResident Side = "resident" // whom it is for, or who booked it
	SideAdvisor  Side = "advisor"
	SideOffice   Side = "office"  // 司法所 or 区司法局 of the area
	SidePartner  Side = "partner" // served together, and is credited
	SideServed   Side = "served"  // of those on the resident's side whom it is for alone; SideOf never answers it
	SideVillage  Side = "village" // cadres and collaborators of the village: time, place and channel alone
	SideNone     Side = ""        // the appointment does not exist for them
)

// SideOf answers what somebody is to an appointment.
func SideOf(actor domain.Actor, a *domain.Appointment) Side {
	switch {
	case a.Status == domain.Void || actor.ID == "":
		return SideNone
	case actor.ID == a.Resident:
		return SideResident
	case actor.Kind == domain.AdvisorKind && actor.ID == a.Advisor:
		return SideAdvisor
	case isStaff(actor) && inArea(actor, a.Village):
		return SideOffice // also where they booked it for somebody
	case actor.ID == a.Booker:
		return SideResident
	case isVillagePeople(actor) && actor.Village == a.Village && !a.ConcernsVillage:
		return SideVillage
	}
	return SideNone
}

func isStaff(actor domain.Actor) bool {
	return actor.Kind == domain.TownStaff || actor.Kind == domain.DistrictKind
}

func isVillagePeople(actor domain.Actor) bool {
	return actor.Kind == domain.Cadre || actor.Kind == domain.Collaborator
}

// inArea reports whether a village or town lies in the area that somebody of
// the office serves.
func inArea(actor domain.Actor, code string) bool {
	return actor.Area != "" && strings.HasPrefix(code, actor.Area)
}
