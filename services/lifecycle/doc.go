// Package lifecycle is the arithmetic of lifecycle records (履历记录): how they
// are chained, what they say in numbers, and how a chain is written to a file
// that is checked without any database. It knows no clock and no store.
package lifecycle
