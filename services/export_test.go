package services

import (
	"context"

	"villagecounsel/services/domain"
)

// Notify lets the tests fill an inbox.
func Notify(r *Relay, ctx context.Context, person string, n domain.Notice) error {
	return r.notify(ctx, person, n)
}
