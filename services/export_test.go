package services

import (
	"context"

	"villagecounsel/services/domain"
)

// Notify lets the tests fill an inbox.
func Notify(ctx context.Context, r *Relay, person string, n domain.Notice) error {
	return r.notify(ctx, person, n)
}
