package rig

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"sync/atomic"
	"time"
)

// receivers are a Slack, a PagerDuty and a dead man's switch that take everything, unless they are told to be down.
type receivers struct {
	url       string
	server    *http.Server
	messages  atomic.Int64
	pagerDown atomic.Bool
}

func openReceivers() (*receivers, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	r := &receivers{url: "http://" + l.Addr().String()}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /api/{method}", r.slack)
	mux.HandleFunc("POST /v2/enqueue", r.pagerDuty)
	mux.HandleFunc("/heartbeat", func(http.ResponseWriter, *http.Request) {})
	r.server = &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	go func() { _ = r.server.Serve(l) }() // ends with close
	return r, nil
}

func (r *receivers) close() { _ = r.server.Close() }

func (r *receivers) slack(w http.ResponseWriter, req *http.Request) {
	ts := req.FormValue("ts")
	if ts == "" {
		ts = fmt.Sprintf("1700000000.%06d", r.messages.Add(1))
	}
	reply(w, http.StatusOK, map[string]any{"ok": true, "channel": "C0000000001", "ts": ts})
}

func (r *receivers) pagerDuty(w http.ResponseWriter, req *http.Request) {
	var event struct {
		Key string `json:"dedup_key"`
	}
	switch err := json.NewDecoder(req.Body).Decode(&event); {
	case r.pagerDown.Load():
		reply(w, http.StatusServiceUnavailable, map[string]any{"status": "unavailable"})
	case err != nil:
		reply(w, http.StatusBadRequest, map[string]any{"status": "invalid event"})
	default:
		reply(w, http.StatusAccepted, map[string]any{"status": "success", "message": "Event processed", "dedup_key": event.Key})
	}
}

func reply(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the other end may have gone
}
