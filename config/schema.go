package config

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"go/ast"
	goparser "go/parser"
	"go/token"
	"reflect"
	"strings"

	"github.com/invopop/jsonschema"
)

//go:generate go test -run TestSchemaIsCommitted -update .

//go:embed document.go
var documentSource string

// Schema returns the JSON Schema (draft 2020-12) of thresholds.yaml, for editors. It says what decode checks; what a
// value means together with others, Parse alone knows. The schema is committed as thresholds.schema.json.
func Schema() ([]byte, error) {
	comments, err := fieldComments()
	if err != nil {
		return nil, err
	}
	r := jsonschema.Reflector{
		Anonymous:                  true,
		ExpandedStruct:             true,
		FieldNameTag:               "yaml",
		RequiredFromJSONSchemaTags: true,
		Mapper:                     scalarSchema,
		LookupComment:              func(t reflect.Type, field string) string { return comments[t.Name()+"."+field] },
	}
	s := r.Reflect(document{})
	s.Title = "walletwatch thresholds.yaml"
	out, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("writing the JSON Schema: %w", err)
	}
	return append(out, '\n'), nil
}

// scalarSchema gives the schema of our own kinds of values; nil leaves a type to the library.
func scalarSchema(t reflect.Type) *jsonschema.Schema {
	if s, ok := reflect.New(t).Interface().(scalar); ok {
		return s.schema()
	}
	return nil
}

// fieldComments reads the comments of the document's fields: "level.Name" → "The level's name, …".
func fieldComments() (map[string]string, error) {
	file, err := goparser.ParseFile(token.NewFileSet(), "document.go", documentSource, goparser.ParseComments)
	if err != nil {
		return nil, fmt.Errorf("reading the description of thresholds.yaml: %w", err)
	}
	out := map[string]string{}
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.TypeSpec)
		if !ok {
			return true
		}
		if fields, ok := spec.Type.(*ast.StructType); ok {
			for _, f := range fields.Fields.List {
				out[spec.Name.Name+"."+f.Names[0].Name] = strings.Join(strings.Fields(f.Doc.Text()), " ")
			}
		}
		return false
	})
	return out, nil
}

// JSONSchemaExtend adds what tags cannot say.
func (document) JSONSchemaExtend(s *jsonschema.Schema) {
	s.Properties.Value("remind_every").Default = "4h"
	one, twenty, hundred := uint64(1), uint64(20), uint64(100)
	staleAfter, receivers := s.Properties.Value("stale_after"), s.Properties.Value("receivers")
	staleAfter.MinProperties, staleAfter.MaxProperties = &one, &twenty
	receivers.MinProperties, receivers.MaxProperties = &one, &hundred
	receivers.PropertyNames = &jsonschema.Schema{Pattern: receiverName}
}

// JSONSchemaExtend forbids the keys of the other type.
func (receiver) JSONSchemaExtend(s *jsonschema.Schema) {
	forbid := func(kind ReceiverType, keys ...string) *jsonschema.Schema {
		is, none := jsonschema.NewProperties(), jsonschema.NewProperties()
		is.Set("type", &jsonschema.Schema{Const: string(kind)})
		for _, k := range keys {
			none.Set(k, jsonschema.FalseSchema)
		}
		return &jsonschema.Schema{If: &jsonschema.Schema{Properties: is}, Then: &jsonschema.Schema{Properties: none}}
	}
	s.AllOf = []*jsonschema.Schema{
		forbid(Slack, "routing_key_env", "region", "events_url"),
		forbid(PagerDuty, "channel", "token_env", "api_url"),
	}
}

// JSONSchemaExtend asks for at least one key.
func (match) JSONSchemaExtend(s *jsonschema.Schema) {
	least := uint64(1)
	s.MinProperties = &least
}
