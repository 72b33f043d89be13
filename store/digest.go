package store

import (
	"context"
	"encoding/binary"
	"fmt"
	"hash/maphash"
)

// digest sums rows up, in whatever order they come.
type digest struct {
	seed maphash.Seed
	rows int64
	sum  uint64
}

func newDigest() *digest { return &digest{seed: maphash.MakeSeed()} }

// fresh is a digest of nothing that can be compared with this one.
func (d *digest) fresh() *digest { return &digest{seed: d.seed} }

// add adds a row of texts and whole numbers.
func (d *digest) add(row []any) {
	var h maphash.Hash
	h.SetSeed(d.seed)
	for _, v := range row {
		var size [9]byte // tells ("a", "bc") from ("ab", "c"), and the text 1 from the number
		switch v := v.(type) {
		case string:
			binary.BigEndian.PutUint64(size[1:], uint64(len(v)))
			h.Write(size[:])
			h.WriteString(v)
		case int64:
			size[0] = 1
			binary.BigEndian.PutUint64(size[1:], uint64(v))
			h.Write(size[:])
		default:
			fmt.Fprintf(&h, "%T", v)
		}
	}
	d.rows++
	d.sum += h.Sum64()
}

// eachRow runs a query and hands out every row. f may keep the values, but not the slice.
func eachRow(ctx context.Context, q querier, query string, columns int, f func(row []any) error) error {
	rows, err := q.QueryContext(ctx, query)
	if err != nil {
		return err
	}
	defer rows.Close()
	row, targets := make([]any, columns), make([]any, columns)
	for i := range row {
		targets[i] = &row[i]
	}
	for rows.Next() {
		if err := rows.Scan(targets...); err != nil {
			return err
		}
		if err := f(row); err != nil {
			return err
		}
	}
	return rows.Err()
}
