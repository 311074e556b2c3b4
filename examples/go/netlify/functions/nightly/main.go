// nightly runs on a schedule, which netlify.toml gives: programs have no configuration of their own.
package main

import (
	"context"
	"encoding/json"
	"fmt"

	"example.com/roost-go/lambda"
)

func main() {
	lambda.Start(func(ctx context.Context, request lambda.Request) (lambda.Response, error) {
		var tick struct {
			NextRun string `json:"next_run"`
		}
		if err := json.Unmarshal([]byte(request.Body), &tick); err != nil {
			return lambda.Response{}, fmt.Errorf("not called by a schedule: %w", err)
		}
		fmt.Println("next run:", tick.NextRun)
		return lambda.Response{StatusCode: 200}, nil
	})
}
