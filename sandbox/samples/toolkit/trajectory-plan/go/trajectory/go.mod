module git.example.com/platform/toolkit.git/go/trajectory

go 1.21
