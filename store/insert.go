package store

import (
	"fmt"
	"slices"
	"strings"
)

// parametersPerStatement bounds the parameters of a statement, well under SQLite's limit of 32,766. More rows to a
// statement save little.
const parametersPerStatement = 1800

// rowsPerStatement returns how many rows of so many columns are stored by one statement.
func rowsPerStatement(columns int) int { return max(1, parametersPerStatement/columns) }

// insert stores rows, many to a statement. head and tail are what stands before and after the rows.
func insert[T any](w writer, head, tail string, rows []T, values func(T) []any) error {
	if len(rows) == 0 {
		return nil
	}
	if w.dialect.columnwise {
		return insertColumns(w, head, tail, rows, values)
	}
	columns := len(values(rows[0]))
	most := rowsPerStatement(columns)
	for _, part := range [][]T{rows[:len(rows)/most*most], rows[len(rows)/most*most:]} {
		if err := insertEvenly(w, head, tail, part, columns, min(most, len(part)), values); err != nil {
			return err
		}
	}
	return nil
}

// insertEvenly stores rows, of which there are a multiple of n, n to a statement.
func insertEvenly[T any](w writer, head, tail string, rows []T, columns, n int, values func(T) []any) error {
	if len(rows) == 0 {
		return nil
	}
	statement, err := w.tx.PrepareContext(w.ctx, head+" VALUES "+w.dialect.placeholders(n, columns)+tail)
	if err != nil {
		return err
	}
	defer statement.Close()
	args := make([]any, 0, n*columns)
	for part := range slices.Chunk(rows, n) {
		args = args[:0]
		for _, r := range part {
			args = append(args, values(r)...)
		}
		if _, err := statement.ExecContext(w.ctx, args...); err != nil {
			return err
		}
	}
	return nil
}

// rowsAtOnce bounds the memory that a statement's arrays take.
const rowsAtOnce = 5000

// insertColumns stores rows as an array for each column. The type of a column is that of its value in the first row.
func insertColumns[T any](w writer, head, tail string, rows []T, values func(T) []any) error {
	for part := range slices.Chunk(rows, rowsAtOnce) {
		columns := arrays(values(part[0]), len(part))
		for _, r := range part {
			for i, v := range values(r) {
				if err := columns[i].add(v); err != nil {
					return fmt.Errorf("column %d: %w", i, err)
				}
			}
		}
		args, types := make([]any, len(columns)), make([]string, len(columns))
		for i, c := range columns {
			args[i], types[i] = c.list(), fmt.Sprintf("$%d::%s[]", i+1, c.name())
		}
		if _, err := w.tx.ExecContext(w.ctx, head+" SELECT * FROM unnest("+strings.Join(types, ", ")+")"+tail, args...); err != nil {
			return err
		}
	}
	return nil
}

// array is the values of one column.
type array struct {
	text    []string
	numbers []int64
	isText  bool
}

func arrays(first []any, rows int) []array {
	all := make([]array, len(first))
	for i, v := range first {
		if _, all[i].isText = v.(string); all[i].isText {
			all[i].text = make([]string, 0, rows)
		} else {
			all[i].numbers = make([]int64, 0, rows)
		}
	}
	return all
}

func (a *array) add(v any) error {
	switch v := v.(type) {
	case string:
		a.text = append(a.text, v)
		if a.isText {
			return nil
		}
	case int64:
		a.numbers = append(a.numbers, v)
		if !a.isText {
			return nil
		}
	}
	return fmt.Errorf("a %T among others", v)
}

func (a *array) list() any {
	if a.isText {
		return a.text
	}
	return a.numbers
}

func (a *array) name() string {
	if a.isText {
		return "text"
	}
	return "bigint"
}
