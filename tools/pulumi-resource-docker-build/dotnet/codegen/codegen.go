// Package codegen stands in for a module that the module proxy does not hold.
// The plugin fills this struct into its schema's SDK metadata and does nothing
// else with it.
package codegen

// CSharpPackageInfo is the .NET part of a schema's language metadata.
type CSharpPackageInfo struct {
	RespectSchemaVersion bool              `json:"respectSchemaVersion,omitempty"`
	PackageReferences    map[string]string `json:"packageReferences,omitempty"`
}
