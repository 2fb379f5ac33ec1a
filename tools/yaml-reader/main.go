// Command yaml-reader reads YAML documents from the files that it is given, as Go programs read them,
// and prints one JSON array of what they hold. A date, which JSON does not have, is {"date": "..."}.
// For tests only.
package main

import (
	"encoding/json"
	"log"
	"os"
	"time"

	"gopkg.in/yaml.v3"
)

func main() {
	documents := []any{}
	for _, file := range os.Args[1:] {
		text, err := os.ReadFile(file)
		if err != nil {
			log.Fatal(err)
		}
		var document any
		if err := yaml.Unmarshal(text, &document); err != nil {
			log.Fatalf("%s: %v", file, err)
		}
		documents = append(documents, plain(document))
	}
	if err := json.NewEncoder(os.Stdout).Encode(documents); err != nil {
		log.Fatal(err)
	}
}

func plain(value any) any {
	switch typed := value.(type) {
	case time.Time:
		return map[string]any{"date": typed.Format(time.DateOnly)}
	case map[string]any:
		for key, entry := range typed {
			typed[key] = plain(entry)
		}
	case []any:
		for index, entry := range typed {
			typed[index] = plain(entry)
		}
	}
	return value
}
