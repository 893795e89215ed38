package domain

import "time"

// How long things are kept (留存期限). All three are the product's own choice:
// no public rule gives them a number.
const (
	KeepNote   = 2 * 365 * 24 * time.Hour // an advisor's private note, from the service on
	KeepPoint  = 30 * 24 * time.Hour      // exact coordinates of a sign-in; then inside and distance alone
	KeepUpload = 24 * time.Hour           // an upload that no thing has claimed
)
