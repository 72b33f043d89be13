//go:build !race

package main_test

const monthDays = 30
