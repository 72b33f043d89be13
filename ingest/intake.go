package ingest

import (
	"errors"
	"net/http"
	"strconv"
	"time"

	"walletwatch/problem"
)

// intake reads the records of one request.
type intake struct {
	feed
	w       http.ResponseWriter
	r       *http.Request
	paths   *paths
	arrived time.Time // when what is being read arrived: of a stream the last piece, of a document the request
	spoiled bool      // reading ended because of the very record at which it ended
}

// take reads the record number n that begins at index i of b, and returns the index behind it. alone means that
// nothing may follow it. ok is false when reading must end: because of the flaw or, without one, because recording
// failed.
func (in *intake) take(b []byte, i, n int, alone bool) (end int, f *flaw, ok bool) {
	end, o, f := decodeOrder(b, i, in.paths, in.arrived)
	if alone && end != bad {
		if rest := trailing(b, end); rest != nil {
			f = rest
		}
	}
	if f == nil {
		return end, nil, in.add(n, o, in.arrived)
	}
	in.server.metrics.refused.WithLabelValues(f.reason).Inc()
	if f.reason == reasonErrorResponse {
		in.ignore()
		return end, nil, true
	}
	in.spoiled = true
	return end, f, false
}

// trailing returns what is wrong with the text after a record that should be alone.
func trailing(b []byte, i int) *flaw {
	i = skipSpace(b, i)
	switch {
	case i == len(b):
		return nil
	case b[i] == '{':
		return &flaw{reasonUnsound, "more than one object is in it; send one object a line as application/x-ndjson, or an array"}
	}
	return notJSON()
}

// malformed is the answer to a record with a flaw.
func malformed(what string, f *flaw) *problem.Problem {
	return &problem.Problem{Status: http.StatusBadRequest, Code: "MALFORMED", Message: what + " is not an order response: " + f.text + "."}
}

// answer waits until all that was taken is recorded, and answers. cause is what ended the reading at record number
// at, nil when nothing did; unit is what records are called, "" when there is just one.
func (in *intake) answer(unit string, at int, cause *problem.Problem) error {
	p, it, spoiled := cause, "it", in.spoiled
	err := in.finish()
	extendWrite(in.w, in.r)
	if err != nil {
		at, spoiled = in.resume, false
		it = unit + " " + strconv.Itoa(at)
		p = in.server.refusal(in.w, err)
		if in.accepted+in.ignored == 0 && errors.Is(err, errUnrecorded) {
			p.Message += " Nothing of it was recorded."
		}
	}
	if p == nil {
		in.accept()
		return nil
	}
	p.Extra = map[string]any{"accepted": in.accepted, "ignored": in.ignored}
	if unit != "" {
		p.Extra[unit] = at
		p.Message += whatWasTaken(unit, at, it) + whatToSend(unit, at, spoiled)
	}
	return p
}

func (in *intake) accept() {
	body := append(make([]byte, 0, 64), `{"accepted":`...)
	body = strconv.AppendInt(body, int64(in.accepted), 10)
	body = append(body, `,"ignored":`...)
	body = strconv.AppendInt(body, int64(in.ignored), 10)
	body = append(body, '}', '\n')
	in.w.Header().Set("Content-Type", "application/json")
	in.w.WriteHeader(http.StatusAccepted)
	_, _ = in.w.Write(body)
}

// whatWasTaken tells a sender how far reading or recording came before it ended at a record, named it or so.
func whatWasTaken(unit string, at int, it string) string {
	switch at {
	case 1:
		return ""
	case 2:
		return " The " + unit + " before " + it + " was taken;"
	}
	return " The " + strconv.Itoa(at-1) + " " + unit + "s before " + it + " were taken;"
}

// whatToSend tells a sender where to go on, behind what whatWasTaken says: a record that is spoiled would be refused
// again, and all that follows it with it.
func whatToSend(unit string, at int, spoiled bool) string {
	switch {
	case spoiled && at == 1:
		return " Mend it or leave it out, and send the rest again from " + unit + " 2 on."
	case spoiled:
		return " mend it or leave it out, and send the rest again from " + unit + " " + strconv.Itoa(at+1) + " on."
	case at == 1:
		return ""
	}
	return " send the rest again from " + unit + " " + strconv.Itoa(at) + " on."
}
