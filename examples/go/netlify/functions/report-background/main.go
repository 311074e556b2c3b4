// report-background: the name makes it a background function. Its caller is answered 202 at once.
package main

import (
	"context"
	"fmt"
	"time"

	"example.com/roost-go/lambda"
)

func main() {
	lambda.Start(func(ctx context.Context, request lambda.Request) (lambda.Response, error) {
		time.Sleep(200 * time.Millisecond)
		fmt.Println("report ready:", request.QueryStringParameters["id"])
		return lambda.Response{StatusCode: 200}, nil
	})
}
