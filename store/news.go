package store

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/shopspring/decimal"

	"walletwatch/wallet"
)

// newsText writes what was heard of a wallet: one entry after a semicolon each, of the channel, from and to, how many
// observations it was, what was spent and, when a balance was claimed, whether the least is exact, the least and when,
// the last and when.
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
			b = strconv.AppendInt(append(b, ' '), flag(n.Exact), 10)
			b = append(append(b, ' '), n.Least.String()...)
			b = strconv.AppendInt(append(b, ' '), instant(n.LeastAt), 10)
			b = append(append(b, ' '), n.Last.String()...)
			b = strconv.AppendInt(append(b, ' '), instant(n.LastAt), 10)
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
	if len(fields) != 5 && len(fields) != 10 {
		return n, fmt.Errorf("an entry has %d fields", len(fields))
	}
	n.Channel = wallet.Source(fields[0])
	p := newsParser{fields: fields}
	n.From, n.To, n.Count, n.Spent = fromInstant(p.number(1)), fromInstant(p.number(2)), int(p.number(3)), p.amount(4)
	if len(fields) == 10 {
		n.Claimed, n.Exact = true, fields[5] == "1"
		n.Least, n.LeastAt, n.Last, n.LastAt = p.amount(6), fromInstant(p.number(7)), p.amount(8), fromInstant(p.number(9))
	}
	return n, p.err
}

// newsParser reads fields and keeps the first error.
type newsParser struct {
	fields []string
	err    error
}

func (p *newsParser) number(i int) int64 {
	n, err := strconv.ParseInt(p.fields[i], 10, 64)
	if p.err == nil {
		p.err = err
	}
	return n
}

func (p *newsParser) amount(i int) decimal.Decimal {
	d, err := decimal.NewFromString(p.fields[i])
	if p.err == nil {
		p.err = err
	}
	return d
}
