// primes counts the primes below a number: work for a processor, which is what Go is for.
package main

import (
	"context"
	"fmt"
	"strconv"

	"example.com/roost-go/lambda"
)

const most = 50_000_000

func main() {
	lambda.Start(func(ctx context.Context, request lambda.Request) (lambda.Response, error) {
		below, err := strconv.Atoi(request.QueryStringParameters["below"])
		if err != nil || below < 0 || below > most {
			return text(400, fmt.Sprintf("?below= takes a number from 0 to %d", most)), nil
		}
		return text(200, fmt.Sprintf("%d primes below %d", count(below), below)), nil
	})
}

func count(below int) (primes int) {
	isComposite := make([]bool, below)
	for n := 2; n < below; n++ {
		if isComposite[n] {
			continue
		}
		primes++
		for m := n * n; m < below; m += n {
			isComposite[m] = true
		}
	}
	return
}

func text(status int, body string) lambda.Response {
	return lambda.Response{
		StatusCode: status,
		Headers:    map[string]string{"content-type": "text/plain; charset=utf-8"},
		Body:       body + "\n",
	}
}
