//go:build tools

// Package tools pins the commands that this wrapper module builds.
package tools

import (
	_ "github.com/pulumi/pulumi-docker-build/provider/cmd/pulumi-resource-docker-build"
)
