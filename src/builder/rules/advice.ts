/** What to do about a message of the parsers: the words that it begins with, or holds. */
const ADVICE: [fragment: string, advice: string][] = [
  ['Missing destination', 'Write where the path leads to: "/from /to 301".'],
  [
    'The destination path/URL must start',
    'Write the target as a path or a URL, and conditions after the status.',
  ],
  ['Missing "to"', 'Write the target. Only a path that ends in "/*", with status 200, may have none.'],
  ['Missing "from"', 'Write the path: from = "/old".'],
  ['Invalid status code', 'Write a number, such as 301, with "!" behind it to have it hold over files.'],
  [
    'must not start with "/.netlify"',
    'Choose another path: what is below /.netlify belongs to the platform.',
  ],
  ['Invalid URL', 'Correct the URL: https://example.com/path.'],
  ['The status', 'Use 200, 301, 302, 303, 307, 308, or one from 400 to 599.'],
  [
    'Path should come before header',
    'Write the path that the header is for into a line of its own above it.',
  ],
  ['Missing header name', 'Write "Name: value".'],
  ['Missing header value', 'Write "Name: value", or remove the line.'],
  ['value must be a string', 'Put the value in quotes.'],
  ['Missing "for"', 'Write the path: for = "/*".'],
  ['Missing "values"', 'Write the headers into a table [headers.values].'],
  ['"for" must be', 'Put the path in quotes: for = "/*".'],
  ['=', 'Write conditions and parameters as name=value, without spaces around "=".'],
]

export function adviseOn(failure: string): string {
  return ADVICE.find(([fragment]) => failure.includes(fragment))?.[1] ?? 'Correct it, or remove the rule.'
}
