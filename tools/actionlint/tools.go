//go:build tools

// Package tools pins the commands that this wrapper module builds.
package tools

import (
	_ "github.com/rhysd/actionlint/cmd/actionlint"
)
