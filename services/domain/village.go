package domain

import "math"

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

	// Where its committee sits, in degrees (GCJ-02); both 0 = not known.
	Lat float64 `bson:"lat,omitempty"`
	Lon float64 `bson:"lon,omitempty"`
}

// China lies within these degrees (国务院《中国概况》: 3°52′ to 53°33′ north,
// 73°40′ to 135°3′ east), rounded outwards.
const (
	minLat, maxLat = 3, 54
	minLon, maxLon = 73, 136
)

// IsInChina reports whether a point may lie in China.
func IsInChina(lat, lon float64) bool {
	return minLat <= lat && lat <= maxLat && minLon <= lon && lon <= maxLon
}

// earthRadius is the mean radius of the earth in metres (IUGG).
const earthRadius = 6_371_008.8

// Metres answers how far two points lie apart on the ground, by the haversine.
func Metres(lat1, lon1, lat2, lon2 float64) float64 {
	const degree = math.Pi / 180
	square := func(x float64) float64 { return x * x }
	h := square(math.Sin((lat2-lat1)*degree/2)) +
		math.Cos(lat1*degree)*math.Cos(lat2*degree)*square(math.Sin((lon2-lon1)*degree/2))
	return 2 * earthRadius * math.Asin(math.Sqrt(min(h, 1)))
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
