// Package lambda is a small client of the Lambda runtime API: it asks for one invocation after the other and posts what
// the handler returns. It has the names of github.com/aws/aws-lambda-go, so that changing to that module, which does
// far more, changes an import and nothing else.
package lambda

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"reflect"
	"runtime"
	"strconv"
	"time"
)

// Request is the event of an HTTP request, as Netlify sends it.
type Request struct {
	HTTPMethod            string            `json:"httpMethod"`
	Path                  string            `json:"path"`
	Headers               map[string]string `json:"headers"`
	QueryStringParameters map[string]string `json:"queryStringParameters"`
	Body                  string            `json:"body"`
	IsBase64Encoded       bool              `json:"isBase64Encoded"`
}

// Response is what the client is answered.
type Response struct {
	StatusCode      int               `json:"statusCode"`
	Headers         map[string]string `json:"headers"`
	Body            string            `json:"body"`
	IsBase64Encoded bool              `json:"isBase64Encoded,omitempty"`
}

// Handler answers one request. Its context ends at the invocation's deadline.
type Handler func(ctx context.Context, request Request) (Response, error)

type failure struct {
	ErrorMessage string  `json:"errorMessage"`
	ErrorType    string  `json:"errorType"`
	StackTrace   []frame `json:"stackTrace"`
}

type frame struct {
	Path  string `json:"path"`
	Line  int    `json:"line"`
	Label string `json:"label"`
}

// Start runs handler until the process is ended. It does not return.
func Start(handler Handler) {
	api := os.Getenv("AWS_LAMBDA_RUNTIME_API")
	if api == "" {
		fmt.Fprintln(os.Stderr, "AWS_LAMBDA_RUNTIME_API is not set: this program is started by Roost, Netlify or Lambda.")
		os.Exit(1)
	}
	base := "http://" + api + "/2018-06-01/runtime/invocation/"
	for {
		id, deadline, request := next(base)
		response, failed, panicked := call(handler, deadline, request)
		if failed != nil {
			post(base+id+"/error", failed)
		} else {
			post(base+id+"/response", response)
		}
		if panicked {
			os.Exit(1)
		}
	}
}

func next(base string) (id string, deadline time.Time, request Request) {
	response, err := http.Get(base + "next")
	check(err)
	defer response.Body.Close()
	check(json.NewDecoder(response.Body).Decode(&request))
	ms, err := strconv.ParseInt(response.Header.Get("Lambda-Runtime-Deadline-Ms"), 10, 64)
	check(err)
	return response.Header.Get("Lambda-Runtime-Aws-Request-Id"), time.UnixMilli(ms), request
}

func call(handler Handler, deadline time.Time, request Request) (response Response, failed *failure, panicked bool) {
	ctx, cancel := context.WithDeadline(context.Background(), deadline)
	defer cancel()
	defer func() {
		if value := recover(); value != nil {
			panicked = true
			failed = &failure{fmt.Sprint(value), typeName(value), stack()}
		}
	}()
	response, err := handler(ctx, request)
	if err != nil {
		failed = &failure{ErrorMessage: err.Error(), ErrorType: typeName(err)}
	}
	return
}

func post(url string, value any) {
	body, err := json.Marshal(value)
	check(err)
	response, err := http.Post(url, "application/json", bytes.NewReader(body))
	check(err)
	defer response.Body.Close()
	_, err = io.Copy(io.Discard, response.Body)
	check(err)
	if response.StatusCode != http.StatusAccepted {
		fmt.Fprintln(os.Stderr, "the runtime API answered", response.Status)
		os.Exit(1)
	}
}

func typeName(value any) string {
	t := reflect.TypeOf(value)
	if t.Kind() == reflect.Pointer {
		return t.Elem().Name()
	}
	return t.Name()
}

func stack() (frames []frame) {
	pcs := make([]uintptr, 32)
	// Without this function, the deferred one and the panic itself.
	found := runtime.CallersFrames(pcs[:runtime.Callers(4, pcs)])
	for {
		at, more := found.Next()
		frames = append(frames, frame{at.File, at.Line, at.Function})
		if !more {
			return
		}
	}
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
