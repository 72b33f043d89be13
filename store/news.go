package store

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/shopspring/decimal"

	"walletwatch/wallet"
)

// newsText writes what was heard of a wallet: one entry after a semicolon each, of the channel, from and to, how many
// observations it was, what was spent and, when a balance was claimed, the least, the last, and whether that is exact.
// It is written with every order that is heard, so it is short and made by hand.
func newsText(list []wallet.News) string {
	if len(list) == 0 {
		return ""
	}
	b := make([]byte, 0, 64*len(list))
	for i := range list {
		n := &list[i]
		b = append(b, n.Channel...)
		for _, number := range []int64{instant(n.From), instant(n.To), int64(n.Count)} {
			b = strconv.AppendInt(append(b, ' '), number, 10)
		}
		b = append(append(b, ' '), n.Spent.String()...)
		if n.Claimed {
			b = append(append(b, ' '), n.Least.String()...)
			b = append(append(b, ' '), n.Last.String()...)
			b = strconv.AppendInt(append(b, ' '), flag(n.Exact), 10)
		}
		b = append(b, ';')
	}
	return string(b)
}

// newsScanner reads what newsText wrote.
type newsScanner struct{ to *[]wallet.News }

func (n newsScanner) Scan(v any) error {
	text, ok := v.(string)
	if !ok {
		return fmt.Errorf("news is stored as %T", v)
	}
	*n.to = nil
	for entry := range strings.SplitSeq(strings.TrimSuffix(text, ";"), ";") {
		if text == "" {
			return nil
		}
		one, err := parseNews(strings.Split(entry, " "))
		if err != nil {
			return fmt.Errorf("reading stored news: %w", err)
		}
		*n.to = append(*n.to, one)
	}
	return nil
}

func parseNews(fields []string) (n wallet.News, err error) {
	if len(fields) != 5 && len(fields) != 8 {
		return n, fmt.Errorf("an entry has %d fields", len(fields))
	}
	n.Channel = wallet.Source(fields[0])
	var numbers [3]int64
	for i := range numbers {
		if numbers[i], err = strconv.ParseInt(fields[1+i], 10, 64); err != nil {
			return n, err
		}
	}
	n.From, n.To, n.Count = fromInstant(numbers[0]), fromInstant(numbers[1]), int(numbers[2])
	if n.Spent, err = decimal.NewFromString(fields[4]); err != nil || len(fields) == 5 {
		return n, err
	}
	n.Claimed, n.Exact = true, fields[7] == "1"
	if n.Least, err = decimal.NewFromString(fields[5]); err != nil {
		return n, err
	}
	n.Last, err = decimal.NewFromString(fields[6])
	return n, err
}
