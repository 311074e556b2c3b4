// greet says hello, and how often it has done so: a program stays for the next request, and so do its variables.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"runtime"

	"example.com/roost-go/lambda"
)

var calls int

func main() {
	lambda.Start(func(ctx context.Context, request lambda.Request) (lambda.Response, error) {
		calls++
		name := request.QueryStringParameters["name"]
		if name == "" {
			name = "world"
		}
		fmt.Println("greeting", name)
		body, err := json.Marshal(map[string]any{
			"greeting": "Hello, " + name + "!",
			"from":     runtime.Version(),
			"call":     calls,
		})
		return lambda.Response{
			StatusCode: 200,
			Headers:    map[string]string{"content-type": "application/json"},
			Body:       string(body),
		}, err
	})
}
