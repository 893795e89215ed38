package embedded

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
)

// Index gives every collection of a database an index of its ids. FerretDB
// makes one itself, but over another expression (`->"_id"`) than the one by
// which it looks an id up (`->'$._id'`). SQLite takes them for different
// things, and without this index reads the whole collection for one document.
func (e *Engine) Index(ctx context.Context, database string) (err error) {
	db, err := openFile(filepath.Join(e.files, database+ending))
	if err != nil {
		return fmt.Errorf("open the embedded engine's file: %w", err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	tables, err := tablesOf(ctx, db)
	if err != nil {
		return fmt.Errorf("list the embedded engine's tables: %w", err)
	}
	for _, t := range tables {
		if _, err := db.ExecContext(ctx, fmt.Sprintf(`CREATE INDEX IF NOT EXISTS "%[1]s_by_id" ON "%[1]s" (_ferretdb_sjson->'$._id')`, t)); err != nil {
			return fmt.Errorf("index the embedded engine's table: %w", err)
		}
	}
	return nil
}

// ending is that of FerretDB's files, one for each database.
const ending = ".sqlite"

// openFile opens a file of the engine beside it, by the driver that FerretDB
// brings with it.
func openFile(path string) (*sql.DB, error) {
	file := url.URL{Scheme: "file", OmitHost: true, Path: path, RawQuery: "_pragma=busy_timeout(10000)"}
	return sql.Open("sqlite", file.String())
}

func tablesOf(ctx context.Context, db *sql.DB) (tables []string, err error) {
	rows, err := db.QueryContext(ctx, `SELECT table_name FROM _ferretdb_collections`)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var t string
		if err := rows.Scan(&t); err != nil {
			return nil, err
		}
		tables = append(tables, t)
	}
	return tables, rows.Err()
}
