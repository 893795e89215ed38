package domain

import "time"

// Mode is how a service was given (服务方式). The first four and the fifth are
// Beijing's (定点式、入户式、网络式、坐诊式、会诊式), the last is measure 17's (巡回).
type Mode string

// The modes.
const (
	Fixed   Mode = "fixed"   // 定点: at the village's room
	AtHome  Mode = "home"    // 入户: at a resident's home
	Online  Mode = "online"  // 网络: telephone, video, WeChat
	Station Mode = "station" // 坐诊: at the town's station
	Panel   Mode = "panel"   // 会诊: a hard case together with the 司法所
	Tour    Mode = "tour"    // 巡回
)

// Modes lists them in the order in which they are shown.
var Modes = []Mode{Fixed, AtHome, Online, Station, Panel, Tour}

// OnSite reports whether the advisor was there in person.
func (m Mode) OnSite() bool { return m != Online }

// ModeOf answers the mode of an appointment by its channel.
func ModeOf(c Channel) Mode {
	switch c {
	case Visit:
		return Fixed
	case Home:
		return AtHome
	}
	return Online
}

// Duty is what was done (服务事项): the five of 安徽 《村(居)法律顾问服务指南》.
type Duty string

// The duties.
const (
	Consultation Duty = "consultation" // 法律咨询解答
	Publicity    Duty = "publicity"    // 法律知识宣传
	Dispute      Duty = "dispute"      // 矛盾纠纷化解
	Governance   Duty = "governance"   // 村(居)治理顾问
	Guidance     Duty = "guidance"     // 法律服务指引
)

// Duties lists them in the order in which they are shown.
var Duties = []Duty{Consultation, Publicity, Dispute, Governance, Guidance}

// Counters are the eight numbers by which Beijing reports services, in the
// order of CounterNames.
type Counters [8]int

// CounterNames name the eight counters: 法治讲座(人次)、法律咨询(次)、调解纠纷(次)、
// 培训骨干(人)、发放资料(份)、法律援助(次)、代写文书(份)、完善村居制度(个).
var CounterNames = [8]string{"lecture_people", "consultations", "disputes_mediated", "people_trained",
	"materials", "legal_aid", "documents", "village_rules"}

// The places of the counters.
const (
	LecturePeople = iota
	Consultations
	DisputesMediated
	PeopleTrained
	Materials
	LegalAid
	Documents
	VillageRules
)

// KeyGroup says that somebody served belongs to a group to be followed with
// care (重点群体, measure 11; the last three are our own). It says something of
// the person's health or means, and is sealed.
type KeyGroup = Private

// KeyGroups are the key groups.
var KeyGroups = []KeyGroup{
	"minor",    // 未成年人
	"military", // 军人军属
	"disabled", // 重度残疾人
	"elderly",  // 老年人
	"migrant",  // 农民工
	"poor",     // 低收入
}

// LogStatus says what the village side has said of a service.
type LogStatus string

// The statuses of a service log.
const (
	Unconfirmed LogStatus = "unconfirmed" // 待确认
	Confirmed   LogStatus = "confirmed"   // 已确认
	Disputed    LogStatus = "disputed"    // 有异议
)

// LogStatuses lists them.
var LogStatuses = []LogStatus{Unconfirmed, Confirmed, Disputed}

// ServiceLog is one service and what is told of it (工作日志). Versions only
// grow: a correction is a new one.
type ServiceLog struct {
	Meta        `bson:",inline"`
	Advisor     string       `bson:"advisor"` // whose service it was
	Appointment string       `bson:"appointment,omitempty"`
	Resident    string       `bson:"resident,omitempty"` // whom the appointment was for, if a person of the system
	Status      LogStatus    `bson:"status"`
	Versions    []LogVersion `bson:"versions"`
	Note        Private      `bson:"note,omitempty"` // the advisor's own, privileged (律师法 38): nobody else opens it
	Events      []LogEvent   `bson:"events"`
	Request     string       `bson:"request"`
	Created     time.Time    `bson:"created"`
}

// Report is the reported part of a service log: what the office may know.
type Report struct {
	Village         string     `bson:"village,omitempty"` // 12 digits; empty where it was the town's station
	Town            string     `bson:"town"`              // 9 digits
	Mode            Mode       `bson:"mode"`
	Duty            Duty       `bson:"duty"`
	Start           time.Time  `bson:"start"`
	End             time.Time  `bson:"end"`
	Counters        Counters   `bson:"counters"`
	With            []string   `bson:"with,omitempty"` // ids of those who served together, each credited
	Groups          []KeyGroup `bson:"groups,omitempty"`
	Method          Private    `bson:"method,omitempty"`
	Content         Private    `bson:"content,omitempty"`
	Result          Private    `bson:"result,omitempty"`
	Files           []string   `bson:"files,omitempty"`
	ConcernsVillage bool       `bson:"concerns_village,omitempty"`
}

// LogVersion is one state of a report.
type LogVersion struct {
	Report `bson:",inline"`
	At     time.Time `bson:"at"` // when it was entered
	By     string    `bson:"by"`
	ByKind Kind      `bson:"by_kind"`
	Reason Private   `bson:"reason,omitempty"` // why it was corrected, or entered by the office
}

// Now answers the version that stands.
func (l *ServiceLog) Now() *LogVersion { return &l.Versions[len(l.Versions)-1] }

// Edition counts what has befallen the log.
func (l *ServiceLog) Edition() int64 { return int64(len(l.Events)) }

// LogVerb is what is done to a service log.
type LogVerb string

// The verbs of a service log.
const (
	WriteLog   LogVerb = "write"
	CorrectLog LogVerb = "correct"
	ConfirmLog LogVerb = "confirm"
	DisputeLog LogVerb = "dispute"
)

// LogEvent is one thing that befell a service log; records and notices are
// derived from it.
type LogEvent struct {
	Seq     int       `bson:"seq"` // from 1
	At      time.Time `bson:"at"`
	Verb    LogVerb   `bson:"verb"`
	By      string    `bson:"by"`
	ByKind  Kind      `bson:"by_kind"`
	Reason  Private   `bson:"reason,omitempty"`
	Version int       `bson:"version"` // that stood after this event, from 1
	Status  LogStatus `bson:"status"`  // after this event
	Key     string    `bson:"key,omitempty"`
	Request string    `bson:"request,omitempty"` // keyed hash of what the request said
}
