// Renders the templates of a Helm chart with Go's text/template, the engine that Helm has, where there is no Helm.
//
//	go run helm_template.go CHART < context.json
//
// The context holds Values, Release and Chart, as Helm would give them. Of Helm's functions there are those below, with their
// meaning; a template that calls another one is an error, and so is a map's key that does not exist. The result is a JSON object of the rendered text by the template's path.
package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"text/template"
)

func main() {
	if err := run(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(chart string) error {
	var context map[string]any
	decoder := json.NewDecoder(os.Stdin)
	decoder.UseNumber()
	if err := decoder.Decode(&context); err != nil {
		return err
	}
	files, err := filepath.Glob(filepath.Join(chart, "templates", "*"))
	if err != nil || len(files) == 0 {
		return fmt.Errorf("%s has no templates: %v", chart, err)
	}
	all := template.New("chart").Option("missingkey=error")
	all.Funcs(functions(all))
	var names []string
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		name := "millgate/templates/" + filepath.Base(file)
		if _, err := all.New(name).Parse(string(text)); err != nil {
			return err
		}
		names = append(names, name)
	}
	context["Template"] = map[string]any{"BasePath": "millgate/templates"}
	rendered := map[string]string{}
	for _, name := range names {
		if strings.HasPrefix(filepath.Base(name), "_") {
			continue
		}
		var out bytes.Buffer
		if err := all.ExecuteTemplate(&out, name, context); err != nil {
			return err
		}
		rendered[name] = out.String()
	}
	return json.NewEncoder(os.Stdout).Encode(rendered)
}

func functions(all *template.Template) template.FuncMap {
	return template.FuncMap{
		"include": func(name string, data any) (string, error) {
			var out strings.Builder
			err := all.ExecuteTemplate(&out, name, data)
			return out.String(), err
		},
		"required": func(message string, value any) (any, error) {
			if value == nil || value == "" {
				return nil, errors.New(message)
			}
			return value, nil
		},
		"toYaml": toYaml,
		"default": func(otherwise any, value any) any {
			if value == nil || reflect.ValueOf(value).IsZero() {
				return otherwise
			}
			return value
		},
		"quote":      func(value any) string { return fmt.Sprintf("%q", fmt.Sprint(value)) },
		"nindent":    func(spaces int, text string) string { return "\n" + indent(spaces, text) },
		"trunc":      func(length int, text string) string { return text[:min(length, len(text))] },
		"trimSuffix": func(suffix, text string) string { return strings.TrimSuffix(text, suffix) },
		"contains":   func(part, text string) bool { return strings.Contains(text, part) },
		"replace":    func(old, by, text string) string { return strings.ReplaceAll(text, old, by) },
		"sha256sum":  func(text string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(text))) },
		"list":       func(items ...any) []any { return items },
		"join": func(between string, items []any) string {
			var texts []string
			for _, item := range items {
				texts = append(texts, fmt.Sprint(item))
			}
			return strings.Join(texts, between)
		},
	}
}

// Lines of YAML, without the end of the last one. Scalars and keys are written as JSON, which is YAML.
func toYaml(value any) (string, error) {
	var lines []string
	switch value := value.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(value)) {
			text, err := toYaml(value[key])
			if err != nil {
				return "", err
			}
			if isNested(value[key]) {
				text = "\n" + indent(2, text)
			}
			lines = append(lines, fmt.Sprintf("%q: %s", key, text))
		}
	case []any:
		for _, item := range value {
			text, err := toYaml(item)
			if err != nil {
				return "", err
			}
			lines = append(lines, "- "+strings.TrimLeft(indent(2, text), " "))
		}
	}
	if lines != nil {
		return strings.Join(lines, "\n"), nil
	}
	text, err := json.Marshal(value)
	return string(text), err
}

// Whether a value takes lines of its own.
func isNested(value any) bool {
	switch value := value.(type) {
	case map[string]any:
		return len(value) > 0
	case []any:
		return len(value) > 0
	}
	return false
}

func indent(spaces int, text string) string {
	pad := strings.Repeat(" ", spaces)
	return pad + strings.ReplaceAll(text, "\n", "\n"+pad)
}
