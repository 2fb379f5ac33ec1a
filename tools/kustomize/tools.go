//go:build tools

// Package tools pins the commands that this wrapper module builds.
package tools

import (
	_ "sigs.k8s.io/kustomize/kustomize/v5"
)
