package config

import (
	"slices"
	"strings"
)

// nearest returns the candidate that a misspelt word most probably meant, or "" when none is close.
func nearest(word string, candidates []string) string {
	best, least := "", 0
	for _, c := range candidates {
		if len(word) > 2*len(c)+2 {
			continue
		}
		d := distance(strings.ToLower(word), c)
		if d <= max(1, len(c)/3) && (best == "" || d < least) {
			best, least = c, d
		}
	}
	return best
}

// distance is the number of letters to insert, remove or replace to get from a to b (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

// unknown says what may be meant by a word that is none of the known ones.
func unknown(word string, known []string) string {
	if n := nearest(word, known); n != "" {
		return "did you mean " + quote(n) + "?"
	}
	return "known here: " + strings.Join(slices.Sorted(slices.Values(known)), ", ")
}
