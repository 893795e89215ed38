package handlers

import (
	"time"

	"villagecounsel/services"
	"villagecounsel/services/domain"
)

// What stands on the wire. These types are apart from those of the domain, so
// that an openid, a phone number or a case text cannot reach a body by
// accident.

type list[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next"`
}

// mapped answers a list, empty rather than null.
func mapped[T, W any](items []T, wire func(T) W) []W {
	out := make([]W, len(items))
	for i, it := range items {
		out[i] = wire(it)
	}
	return out
}

// when writes a time in China, without fractions.
func when(t time.Time) string { return t.In(domain.China).Format(time.RFC3339) }

// orNull answers nil for an empty text.
func orNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

type person struct {
	ID      string      `json:"id"`
	Kind    domain.Kind `json:"kind"`
	Name    string      `json:"name"`
	Village *string     `json:"village"`
}

func personOf(p *domain.Person) person {
	return person{p.ID, p.Kind, p.Name.Reveal(), orNull(p.Village)}
}

type me struct {
	person
	Phone          string   `json:"phone"`
	PhoneVerified  bool     `json:"phone_verified"`
	Area           *string  `json:"area"`
	Roles          []string `json:"roles"`
	Consented      bool     `json:"consented"`
	PrivacyVersion string   `json:"privacy_version"`
}

func meOf(p *domain.Person) me {
	return me{personOf(p), p.Phone.Reveal(), p.Verified, orNull(p.Area), append([]string{}, p.Roles...),
		p.Consented(services.PrivacyVersion), services.PrivacyVersion}
}

type village struct {
	Code         string `json:"code"`
	Name         string `json:"name"`
	Town         string `json:"town"`
	TownName     string `json:"town_name"`
	District     string `json:"district"`
	DistrictName string `json:"district_name"`
	Listed       bool   `json:"listed"`
}

func villageOf(p domain.Place) village {
	return village{p.Code, p.Name, domain.TownOf(p.Code), p.Town, domain.DistrictOf(p.Code), p.District, !p.Unlisted}
}

// villageCard is a village by itself, with the office that its people may call.
type villageCard struct {
	village
	Office *office `json:"office"`
}

type office struct {
	Name  string `json:"name"`
	Phone string `json:"phone"`
}

type advisor struct {
	ID           string        `json:"id"`
	Name         string        `json:"name"`
	Firm         string        `json:"firm"`
	Licence      string        `json:"licence"`
	Photo        *string       `json:"photo"`
	Specialities []string      `json:"specialities"`
	Role         *string       `json:"role"`
	Villages     []served      `json:"villages"`
	ServiceTimes []serviceTime `json:"service_times"`
}

type served struct {
	Code string      `json:"code"`
	Name string      `json:"name"`
	Town string      `json:"town_name"`
	Role domain.Role `json:"role"`
}

type serviceTime struct {
	Village  string           `json:"village"`
	Weekday  int              `json:"weekday"`
	From     string           `json:"from"`
	To       string           `json:"to"`
	Channels []domain.Channel `json:"channels"`
}

func advisorOf(c services.Card) advisor {
	return advisor{
		ID: c.ID, Name: c.Name, Firm: c.FirmName, Licence: c.Licence, Photo: orNull(c.Photo),
		Specialities: append([]string{}, c.Specialities...), Role: orNull(string(c.Role)),
		Villages: mapped(c.Villages, func(v services.Served) served { return served{v.Code, v.Name, v.Town, v.Role} }),
		ServiceTimes: mapped(c.Shifts, func(s domain.Shift) serviceTime {
			return serviceTime{s.Village, s.Weekday, s.From.String(), s.To.String(), s.Channels}
		}),
	}
}

type slot struct {
	Start   string         `json:"start"`
	End     string         `json:"end"`
	Channel domain.Channel `json:"channel"`
	Village string         `json:"village"`
}

func slotsOf(slots []domain.Slot) []slot {
	return mapped(slots, func(s domain.Slot) slot { return slot{when(s.Start), when(s.End), s.Channel, s.Village} })
}

type orphan struct {
	Appointment string `json:"appointment"`
	slot
}

func orphansOf(bookings []domain.Booking) []orphan {
	return mapped(bookings, func(b domain.Booking) orphan {
		return orphan{b.Appointment, slot{when(b.From), when(b.To), b.Channel, b.Village}}
	})
}

type appointment struct {
	ID      string         `json:"id"`
	Status  domain.Status  `json:"status"`
	Village string         `json:"village"`
	Start   string         `json:"start"`
	End     string         `json:"end"`
	Channel domain.Channel `json:"channel"`
	*appointmentMore
}

// appointmentMore is what the people of the village do not see of others'
// appointments.
type appointmentMore struct {
	Advisor         string        `json:"advisor"`
	Resident        *string       `json:"resident"`
	BookedBy        string        `json:"booked_by"`
	ForOther        bool          `json:"for_other"`
	ConcernsVillage bool          `json:"concerns_village"`
	Orphaned        bool          `json:"orphaned"`
	MissedBy        *string       `json:"missed_by"`
	Created         string        `json:"created"`
	Rating          *rating       `json:"rating"`
	Can             []domain.Verb `json:"can"`
	Events          []event       `json:"events"`
	*appointmentContent
	Slots    *[]slot   `json:"slots,omitempty"`
	Advisors *[]string `json:"advisors,omitempty"`
	Office   *string   `json:"office,omitempty"`
}

// appointmentContent is what a matter is about, and whose it is.
type appointmentContent struct {
	Name       string `json:"name"`
	Phone      string `json:"phone"`
	Topic      string `json:"topic"`
	Details    string `json:"details"`
	Address    string `json:"address"`
	OtherParty string `json:"other_party"`
}

type event struct {
	At     string      `json:"at"`
	Verb   domain.Verb `json:"verb"`
	By     *string     `json:"by"` // the kind of person; null = the program
	Start  string      `json:"start"`
	Reason *string     `json:"reason"`
}

// rating is what was said of a service. Not everybody who sees the stars gets
// the text.
type rating struct {
	Stars  int                `json:"stars"`
	Tags   []domain.RatingTag `json:"tags"`
	Source domain.Source      `json:"source"`
	At     string             `json:"at"`
	Text   *string            `json:"text,omitempty"`
}

func ratingOf(r *domain.Rating) *rating {
	if r == nil {
		return nil
	}
	return &rating{r.Stars, append([]domain.RatingTag{}, r.Tags...), r.Source, when(r.At), orNull(r.Text.Reveal())}
}

func (s *Server) appointmentOf(seen services.Seen) appointment {
	a := seen.Appointment
	out := appointment{ID: a.ID, Status: a.Status, Village: a.Village, Start: when(a.Start), End: when(a.End), Channel: a.Channel}
	if seen.Side == services.SideVillage {
		return out
	}
	more := &appointmentMore{
		Advisor: a.Advisor, Resident: orNull(a.Resident), BookedBy: a.Booker, ForOther: a.Booker != a.Resident,
		ConcernsVillage: a.ConcernsVillage, Orphaned: a.Orphaned, MissedBy: orNull(string(a.MissedBy)), Created: when(a.Created),
		Rating: ratingOf(a.Rating),
		Can:    append([]domain.Verb{}, seen.Can(s.Now())...),
		Events: mapped(a.Events, func(e domain.Event) event {
			out := event{At: when(e.At), Verb: e.Verb, By: orNull(string(e.ByKind)), Start: when(e.Start)}
			if seen.Content || e.ByKind == domain.AdvisorKind || e.ByKind == domain.TownStaff || e.ByKind == domain.DistrictKind {
				out.Reason = orNull(e.Reason.Reveal()) // what the villager's side says is content
			}
			return out
		}),
	}
	out.appointmentMore = more
	if seen.Content {
		more.appointmentContent = &appointmentContent{a.Name.Reveal(), a.Phone.Reveal(), a.Topic.Reveal(), a.Details.Reveal(),
			a.Address.Reveal(), a.OtherParty.Reveal()}
	}
	if o := seen.Offer; o != nil {
		slots, advisors := slotsOf(o.Slots), append([]string{}, o.Advisors...)
		more.Slots, more.Advisors, more.Office = &slots, &advisors, orNull(o.Office)
	}
	return out
}
