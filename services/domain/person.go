package domain

import "time"

// Kind says what somebody is to the system; it decides what they may do.
type Kind string

// The kinds of people.
const (
	Resident     Kind = "resident"     // 村(居)民
	Cadre        Kind = "cadre"        // 村(居)委会干部
	Collaborator Kind = "collaborator" // 法律明白人、人民调解员
	AdvisorKind  Kind = "advisor"      // 村(居)法律顾问
	FirmKind     Kind = "firm"         // 律所秘书
	TownStaff    Kind = "town"         // 司法所工作人员
	DistrictKind Kind = "district"     // 区司法局工作人员
	CityViewer   Kind = "city"         // 市司法局, sees figures
	Auditor      Kind = "auditor"      // 审计管理员
	Security     Kind = "security"     // 安全管理员
	System       Kind = "system"       // 系统管理员
)

// Kinds lists every kind in the order of the access table.
var Kinds = []Kind{Resident, Cadre, Collaborator, AdvisorKind, FirmKind, TownStaff, DistrictKind, CityViewer, Auditor, Security, System}

// Collaborators are named by what they are.
const (
	LegallyVersed = "legally_versed" // 法律明白人
	Mediator      = "mediator"       // 人民调解员
)

// Person is somebody who can log in (人员).
type Person struct {
	Meta     `bson:",inline"`
	Kind     Kind      `bson:"kind"`
	Name     Private   `bson:"name,omitempty"`
	Phone    Private   `bson:"phone,omitempty"`
	Verified bool      `bson:"verified,omitempty"` // the phone is known to be this person's own
	Village  string    `bson:"village,omitempty"`  // 12 digits
	Area     string    `bson:"area,omitempty"`     // of staff: 2, 6 or 9 digits of the area they serve
	Firm     string    `bson:"firm,omitempty"`     // id of the law firm
	Roles    []string  `bson:"roles,omitempty"`    // of a collaborator: LegallyVersed, Mediator
	Consents []Consent `bson:"consents,omitempty"` // newest last
	Login    string    `bson:"login,omitempty"`    // id of the login through which this person comes
	Tokens   int       `bson:"tokens,omitempty"`   // version of this person's tokens; raising it revokes them
	Created  time.Time `bson:"created"`
}

// Consent is a person's word on a version of the privacy text (隐私政策).
type Consent struct {
	Version   string    `bson:"version"`
	At        time.Time `bson:"at"`
	Withdrawn bool      `bson:"withdrawn,omitempty"`
}

// Consented reports whether the person's last word on this version is yes.
func (p *Person) Consented(version string) bool {
	for i := len(p.Consents) - 1; i >= 0; i-- {
		if p.Consents[i].Version == version {
			return !p.Consents[i].Withdrawn
		}
	}
	return false
}

// Actor is who does something: an argument of every verb, never hidden in a
// context. The zero Actor is somebody without a token.
type Actor struct {
	ID      string
	Kind    Kind
	Village string
	Area    string
	Firm    string
}

// Actor answers the person as one who acts.
func (p *Person) Actor() Actor {
	return Actor{ID: p.ID, Kind: p.Kind, Village: p.Village, Area: p.Area, Firm: p.Firm}
}

// Login joins a WeChat openid to a person. Its id is the keyed hash of the
// openid.
type Login struct {
	Meta       `bson:",inline"`
	Person     string    `bson:"person"`
	OpenID     Private   `bson:"openid"`
	SessionKey Private   `bson:"session_key,omitempty"` // as the platform gave it, base64 text
	Seen       time.Time `bson:"seen"`                  // last login
}

// Session is what the platform answers to a login code.
type Session struct {
	OpenID     Private
	SessionKey Private // base64 text as received
}

// BindCode is a one-time code by which the office joins a WeChat login to a
// person of its rosters (绑定码). Its id is the keyed hash of the code.
type BindCode struct {
	Meta    `bson:",inline"`
	Person  string    `bson:"person"`
	By      string    `bson:"by"`
	Expires time.Time `bson:"expires"`
	Used    string    `bson:"used,omitempty"` // id of the login that used it
}

// DirectoryEntry lists who goes by one whole name and phone. Its id is the
// keyed hash of both.
type DirectoryEntry struct {
	Meta    `bson:",inline"`
	Persons []string `bson:"persons"`
}
