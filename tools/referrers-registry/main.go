// Command referrers-registry serves go-containerregistry's registry on a loopback port of its own
// choice, with the referrers API that the CNCF registry does not have. Everything is kept in memory;
// the port is the one line on standard output. For tests only.
package main

import (
	"fmt"
	"io"
	"log"
	"net"
	"net/http"

	"github.com/google/go-containerregistry/pkg/registry"
)

func main() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	quiet := log.New(io.Discard, "", 0)
	handler := registry.New(registry.WithReferrersSupport(true), registry.Logger(quiet))
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	log.Fatal(http.Serve(listener, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPatch {
			w = accepting{w}
		}
		handler.ServeHTTP(w, r)
	})))
}

// accepting answers a chunk of an upload with 202, as the specification asks; the library says 204,
// which Azure's client takes for a failure.
type accepting struct{ http.ResponseWriter }

func (w accepting) WriteHeader(status int) {
	if status == http.StatusNoContent {
		status = http.StatusAccepted
	}
	w.ResponseWriter.WriteHeader(status)
}
