package config_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v4"

	"walletwatch/config"
)

const committed = "thresholds.schema.json"

func TestSchemaIsCommitted(t *testing.T) {
	want, err := config.Schema()
	if err != nil {
		t.Fatal(err)
	}
	if f := flag.Lookup("update"); f.Value.String() == "true" {
		if err := os.WriteFile(committed, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if got := read(t, committed); got != string(want) {
		t.Errorf("%s is not what Schema makes: run go generate in config", committed)
	}
}

func TestMain(m *testing.M) {
	flag.Bool("update", false, "write "+committed+" anew")
	flag.Parse()
	os.Exit(m.Run())
}

func TestSchemaAgreesWithParse(t *testing.T) {
	schema := compile(t)
	if err := schema.Validate(asJSON(t, read(t, shipped))); err != nil {
		t.Errorf("the shipped file: %v", err)
	}
	for _, tt := range valids() {
		if err := schema.Validate(asJSON(t, tt.text)); err != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
	for _, tt := range invalids() {
		if tt.schema == unseen {
			continue
		}
		err := schema.Validate(asJSON(t, read(t, "testdata/invalid-"+tt.name+".yaml")))
		if (err != nil) != (tt.schema == refused) {
			t.Errorf("%s: the schema says %v", tt.name, err)
		}
	}
}

func TestSchemaExplainsEveryKey(t *testing.T) {
	b, err := config.Schema()
	if err != nil {
		t.Fatal(err)
	}
	var s struct {
		Version string `json:"$schema"`
		Defs    map[string]struct {
			Properties map[string]struct{ Description string }
		}
		Properties map[string]struct{ Description string }
	}
	if err := json.Unmarshal(bytes.ReplaceAll(b, []byte(`"$defs"`), []byte(`"defs"`)), &s); err != nil {
		t.Fatal(err)
	}
	if s.Version != "https://json-schema.org/draft/2020-12/schema" || len(s.Properties) != 11 || len(s.Defs) != 7 {
		t.Errorf("got version %q, %d keys, %d groups", s.Version, len(s.Properties), len(s.Defs))
	}
	s.Defs[""] = struct {
		Properties map[string]struct{ Description string }
	}{s.Properties}
	for group, def := range s.Defs {
		for key, property := range def.Properties {
			if property.Description == "" {
				t.Errorf("%s.%s has no description", group, key)
			}
		}
	}
}

func compile(t *testing.T) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader([]byte(read(t, committed))))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource(committed, doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile(committed)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// asJSON reads YAML as an editor does.
func asJSON(t *testing.T, text string) any {
	t.Helper()
	var v any
	if err := yaml.Load([]byte(text), &v); err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	out, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	return out
}
