package config

import (
	"reflect"
	"regexp"
	"strconv"
	"strings"
)

// rules are what the struct tags say about one key of the file.
type rules struct {
	name      string // yaml
	example   string // example: a good value as it would be written
	want      string // want: what is expected, in words
	limits    string // limits: the pattern in words
	hidden    bool   // hide: people put a secret here by mistake, so the value is not repeated
	byDefault *string
	required  bool
	enum      []string
	pattern   *regexp.Regexp
	longest   int // characters of a text; 0: any number
	fewest    int // entries of a list
	most      int // entries of a list or map; 0: any number
}

// rulesOf reads the tags of a struct type, once, into one rules for each field.
func (p *parser) rulesOf(t reflect.Type) []rules {
	if known, ok := p.types[t]; ok {
		return known
	}
	out := make([]rules, t.NumField())
	for i := range out {
		out[i] = rulesFor(t.Field(i).Tag)
	}
	p.types[t] = out
	return out
}

func rulesFor(tag reflect.StructTag) rules {
	r := rules{name: tag.Get("yaml"), example: tag.Get("example"), want: tag.Get("want"), limits: tag.Get("limits"), hidden: tag.Get("hide") != ""}
	if r.want == "" {
		r.want = "text"
	}
	for _, part := range strings.Split(tag.Get("jsonschema"), ",") {
		key, value, _ := strings.Cut(part, "=")
		switch key {
		case "required":
			r.required = true
		case "default":
			r.byDefault = &value
		case "enum":
			r.enum = append(r.enum, value)
		case "pattern":
			r.pattern = regexp.MustCompile(value)
		case "maxLength":
			r.longest, _ = strconv.Atoi(value)
		case "minItems":
			r.fewest, _ = strconv.Atoi(value)
		case "maxItems":
			r.most, _ = strconv.Atoi(value)
		}
	}
	return r
}

// bare leaves out the example, where it would not help.
func (r rules) bare() rules {
	r.example = ""
	return r
}

func isScalar(v reflect.Value) bool {
	_, ok := v.Addr().Interface().(scalar)
	return ok
}

func names(rs []rules) []string {
	out := make([]string, len(rs))
	for i, r := range rs {
		out[i] = r.name
	}
	return out
}
