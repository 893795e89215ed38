package domain

// Area codes are the 12-digit 统计用区划代码: 2 digits province, 4 city and
// district, 3 town, 3 village (国家统计局《统计用区划代码和城乡划分代码编制规则》).
const (
	DistrictDigits = 6
	TownDigits     = 9
	VillageDigits  = 12
)

// IsVillageCode reports whether s is twelve digits.
func IsVillageCode(s string) bool { return IsDigits(s, VillageDigits) }

// IsDigits reports whether s is exactly n ASCII digits.
func IsDigits(s string, n int) bool {
	if len(s) != n {
		return false
	}
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// TownOf answers the 9 digits of a village's town (街乡). The code must be valid.
func TownOf(village string) string { return village[:TownDigits] }

// DistrictOf answers the 6 digits of a village's or a town's district (区县).
func DistrictOf(code string) string { return code[:DistrictDigits] }

// Town is a town or subdistrict with all its villages (街乡). Its id is its 9
// digits.
type Town struct {
	Meta         `bson:",inline"`
	Name         string    `bson:"name"`
	DistrictName string    `bson:"district"`
	Villages     []Village `bson:"villages"` // in order of their codes
}

// Village is a village or neighbourhood committee's area (村居).
type Village struct {
	Code     string `bson:"code"` // 12 digits
	Name     string `bson:"name"`
	Unlisted bool   `bson:"unlisted,omitempty"` // the last import of its district did not list it
}

// Place is a village with the names of what it lies in.
type Place struct {
	Code, Name, Town, District string
	Unlisted                   bool
}

// Role of an advisor in a village.
type Role string

// The roles, as rosters write them.
const (
	Main    Role = "main"    // 主
	StandIn Role = "standin" // 备
)

// Bench lists the advisors of one village, derived from the advisors' diaries
// (村居顾问席). Its id is the village's code.
type Bench struct {
	Meta  `bson:",inline"`
	Seats []Seat `bson:"seats"`
}

// Seat is one advisor's assignment as its village sees it.
type Seat struct {
	Advisor string `bson:"advisor"`
	Role    Role   `bson:"role"`
	From    Day    `bson:"from"`
	To      Day    `bson:"to"`
}
