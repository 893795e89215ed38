package domain

import "time"

// Way is how somebody showed that they were there.
type Way string

// The ways to sign in.
const (
	ByPlace Way = "place" // distance to the village's point
	ByCode  Way = "code"  // the village's QR code
	ByPhoto Way = "photo"
	ByCadre Way = "cadre" // the cadre's word
)

// Ways lists them.
var Ways = []Way{ByPlace, ByCode, ByPhoto, ByCadre}

// SignInDay holds an advisor's sign-ins of one day (签到). Its id is
// "advisor|2026-11-25", by the claimed time.
type SignInDay struct {
	Meta  `bson:",inline"`
	Items []SignIn `bson:"items"`
}

// SignIn is one sign-in. What came later from a telephone without network
// carries when it says it was made and when it came, apart.
type SignIn struct {
	ID       string    `bson:"id"`
	Village  string    `bson:"village"`
	Way      Way       `bson:"way"`
	Claimed  time.Time `bson:"claimed"`
	Received time.Time `bson:"received"`
	By       string    `bson:"by"` // the advisor, or the cadre who vouches
	ByKind   Kind      `bson:"by_kind"`
	Point    Private   `bson:"point,omitempty"`    // "latitude,longitude" in GCJ-02; erased after a time
	Accuracy int       `bson:"accuracy,omitempty"` // metres, as the telephone says
	Measured bool      `bson:"measured,omitempty"` // the village's point is known: Distance and Inside stand
	Distance int       `bson:"distance,omitempty"` // metres to the village's point
	Inside   bool      `bson:"inside,omitempty"`
	Photo    string    `bson:"photo,omitempty"` // id of a file
	Request  string    `bson:"request"`
}
