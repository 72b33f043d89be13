//go:build race

package main_test

// monthDays are fewer here: the race detector makes every step many times slower.
const monthDays = 6
