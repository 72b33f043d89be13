package main

import "context"

type demoCommand struct{}

func (demoCommand) Run(ctx context.Context, g *globals) error { return nil }
