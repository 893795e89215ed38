package store

import (
	"errors"
	"fmt"

	"go.mongodb.org/mongo-driver/v2/mongo"

	"villagecounsel/services/domain"
)

// fault turns a driver's error into one that the verbs know. The embedded
// engine's and MongoDB's own texts may quote a document, so they are not kept.
func fault(op, collection string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, mongo.ErrNoDocuments):
		return domain.ErrNotFound
	case mongo.IsDuplicateKeyError(err):
		return domain.ErrExists
	case errors.Is(err, ErrNewer):
		return fmt.Errorf("%s %s: %w", op, collection, err)
	}
	what := fmt.Errorf("%s %s: %s", op, collection, kind(err))
	if mongo.IsTimeout(err) || mongo.IsNetworkError(err) || errors.Is(err, mongo.ErrClientDisconnected) {
		return &domain.Error{Code: domain.Unavailable, Reason: "store_unavailable", Err: what}
	}
	return what
}

// kind says what sort of error the driver met, without the text of a document.
func kind(err error) string {
	if se, ok := errors.AsType[mongo.ServerError](err); ok {
		if ce, ok := errors.AsType[mongo.CommandError](err); ok {
			return fmt.Sprintf("server error %d %s", ce.Code, ce.Name)
		}
		return fmt.Sprintf("server error %T", se)
	}
	if errors.Is(err, errSealed) || errors.Is(err, errNotPacked) {
		return err.Error()
	}
	return fmt.Sprintf("%T", err)
}
