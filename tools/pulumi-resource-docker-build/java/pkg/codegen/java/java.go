// Package java stands in for a module that the module proxy does not hold.
// The plugin fills this struct into its schema's SDK metadata and does nothing
// else with it.
package java

// PackageInfo is the Java part of a schema's language metadata.
type PackageInfo struct {
	BuildFiles                      string            `json:"buildFiles,omitempty"`
	GradleNexusPublishPluginVersion string            `json:"gradleNexusPublishPluginVersion,omitempty"`
	Dependencies                    map[string]string `json:"dependencies,omitempty"`
}
