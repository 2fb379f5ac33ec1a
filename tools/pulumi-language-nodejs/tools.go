//go:build tools

// Package tools pins the commands that this wrapper module builds.
package tools

import (
	_ "github.com/pulumi/pulumi/sdk/nodejs/cmd/pulumi-language-nodejs/v3"
)
