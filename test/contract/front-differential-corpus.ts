/** Known ways to make two servers read one stream of bytes differently, and what each of ours makes of them. */
export interface NamedCase {
  title: string
  /** Latin-1. */
  bytes: string
  /** What the reference sees, refuses, and how it ends: `GET /a, REQUEST_INVALID, end`. */
  outcome: string
  /** What the candidate may make of it instead, where the reference is known to be wrong. */
  better?: string
}

const REFUSED = 'REQUEST_INVALID, end'
/** Behind every case: who reads it as a request of its own has been smuggled one. */
const NEXT = 'GET /next HTTP/1.1\r\nHost: a\r\n\r\n'

/** A head with one line or several, a body, and the next request. */
function post(title: string, lines: string, body: string, outcome: string): NamedCase {
  return { title, bytes: `POST /p HTTP/1.1\r\nHost: a\r\n${lines}\r\n\r\n${body}${NEXT}`, outcome }
}

function length(value: string, outcome = REFUSED): NamedCase {
  return post(`Content-Length:${JSON.stringify(value)}`, `Content-Length:${value}`, 'hello', outcome)
}

function coding(value: string, outcome = REFUSED): NamedCase {
  const title = `Transfer-Encoding:${JSON.stringify(value)}`
  return post(title, `Transfer-Encoding:${value}`, '5\r\nhello\r\n0\r\n\r\n', outcome)
}

/** @param chunks what follows the head, to the last byte. */
function chunks(title: string, text: string, outcome = `POST /p …, ${REFUSED}`): NamedCase {
  return post(`chunks: ${title}`, 'Transfer-Encoding: chunked', text, outcome)
}

function line(title: string, text: string, outcome = REFUSED): NamedCase {
  return { title: `request line: ${title}`, bytes: `${text}\r\nHost: a\r\n\r\n${NEXT}`, outcome }
}

function header(title: string, text: string, outcome = REFUSED): NamedCase {
  return { title: `header: ${title}`, bytes: `GET /g HTTP/1.1\r\nHost: a\r\n${text}\r\n\r\n${NEXT}`, outcome }
}

const GOOD_CHUNKS = '5\r\nhello\r\n0\r\n\r\n'
const READ = 'POST /p hello, GET /next, open'
const HIDDEN = 'GET /hidden HTTP/1.1\r\nHost: a\r\n\r\n'

export const CORPUS: NamedCase[] = [
  // RFC 9112, 6.3: two framings, in both orders and disguises.
  post(
    'CL.TE',
    `Content-Length: ${5 + HIDDEN.length}\r\nTransfer-Encoding: chunked`,
    `0\r\n\r\n${HIDDEN}`,
    REFUSED,
  ),
  post('TE.CL', 'Transfer-Encoding: chunked\r\nContent-Length: 4', `5c\r\n${HIDDEN}\r\n0\r\n\r\n`, REFUSED),
  post('CL 0 and TE', 'Content-Length: 0\r\nTransfer-Encoding: chunked', GOOD_CHUNKS, REFUSED),
  post(
    'TE.TE, the second unknown',
    'Transfer-Encoding: chunked\r\nTransfer-encoding: cow',
    GOOD_CHUNKS,
    REFUSED,
  ),
  post(
    'TE.TE, the first unknown',
    'Transfer-Encoding: cow\r\nTransfer-Encoding: chunked',
    GOOD_CHUNKS,
    REFUSED,
  ),
  post(
    'TE.TE, both chunked',
    'Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked',
    GOOD_CHUNKS,
    REFUSED,
  ),
  post('TE with an empty second', 'Transfer-Encoding: chunked\r\nTransfer-Encoding:', GOOD_CHUNKS, REFUSED),
  post('CL.TE, TE behind a space', `Content-Length: 5\r\n Transfer-Encoding: chunked`, GOOD_CHUNKS, REFUSED),
  post('CL.TE, TE behind a tab', `Content-Length: 5\r\n\tTransfer-Encoding: chunked`, GOOD_CHUNKS, REFUSED),
  post(
    'CL.TE, space before the colon',
    `Content-Length: 5\r\nTransfer-Encoding : chunked`,
    GOOD_CHUNKS,
    REFUSED,
  ),
  post(
    'CL.TE, tab before the colon',
    `Content-Length: 5\r\nTransfer-Encoding\t: chunked`,
    GOOD_CHUNKS,
    REFUSED,
  ),
  post(
    'CL.TE, vertical tab before the colon',
    `Content-Length: 5\r\nTransfer-Encoding\v: chunked`,
    GOOD_CHUNKS,
    REFUSED,
  ),
  post(
    'CL.TE, line feed before the colon',
    `Content-Length: 5\r\nTransfer-Encoding\n: chunked`,
    GOOD_CHUNKS,
    REFUSED,
  ),
  post('CL.TE, TE folded', `Content-Length: 5\r\nTransfer-Encoding:\r\n chunked`, GOOD_CHUNKS, REFUSED),
  post(
    'CL.TE, TE behind a bare LF',
    `Content-Length: 5\r\nX: y\nTransfer-Encoding: chunked`,
    GOOD_CHUNKS,
    REFUSED,
  ),
  post(
    'CL.TE, TE behind a bare CR',
    `Content-Length: 5\r\nX: y\rTransfer-Encoding: chunked`,
    GOOD_CHUNKS,
    REFUSED,
  ),
  post(
    'CL.TE, TE behind a NUL',
    `Content-Length: 5\r\nX: y\0Transfer-Encoding: chunked`,
    GOOD_CHUNKS,
    REFUSED,
  ),
  post('CL.TE, name with NUL', `Content-Length: 5\r\nTransfer-Encoding\0: chunked`, GOOD_CHUNKS, REFUSED),
  post(
    'CL.TE, name with a byte beyond ASCII',
    `Content-Length: 5\r\nTransfer-Encoding\xa0: chunked`,
    GOOD_CHUNKS,
    REFUSED,
  ),
  post('CL and a name with an underscore', `Content-Length: 5\r\nTransfer_Encoding: chunked`, 'hello', READ),
  post(
    'CL and a header that names framing',
    `Content-Length: 5\r\nConnection: content-length`,
    'hello',
    READ,
  ),
  post(
    'TE and a header that names framing',
    `Transfer-Encoding: chunked\r\nConnection: transfer-encoding`,
    GOOD_CHUNKS,
    READ,
  ),
  {
    title: 'TE with HTTP/1.0',
    bytes: `POST /p HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n${GOOD_CHUNKS}${NEXT}`,
    outcome: REFUSED,
  },
  coding(' chunked', READ),
  coding('chunked', READ),
  // llhttp knows the space as white space behind a coding, and not the tab.
  coding('\tchunked ', READ),
  { ...coding(' chunked\t', `POST /p …, ${REFUSED}`), better: READ },
  coding(' CHUNKED', READ),
  ...[
    ' chunked, chunked',
    ' chunked, identity',
    ' identity, chunked',
    ' gzip, chunked',
    ' gzip',
    ' identity',
  ].map((value) => coding(value)),
  ...[
    ' chunked;q=1',
    ' "chunked"',
    " 'chunked'",
    ' xchunked',
    ' chunkedx',
    ' chunke',
    ' chunked,',
    ' ,chunked',
    '',
  ].map((value) => coding(value)),
  ...[
    ' chunked x',
    ' chun ked',
    '\vchunked',
    ' chunked\v',
    '\xa0chunked',
    ' chunked\0',
    '\0chunked',
    '\fchunked',
  ].map((value) => coding(value)),

  // Lengths.
  length(' 5', READ),
  length('5 \t', READ),
  length(' 00005', READ),
  ...[
    ' +5',
    ' -5',
    ' -0',
    ' 0x5',
    ' 5,5',
    ' 5, 5',
    ' 5, 6',
    ' 5,',
    ' ,5',
    ' 5 5',
    '',
    ' ',
    ' 5.0',
    ' 5e0',
    ' 1_0',
    ' "5"',
  ].map((value) => length(value)),
  ...[
    '\v5',
    ' 5\v',
    ' 5\0',
    ' \xb2',
    '\r\n 5',
    ' 5\r\n 6',
    ' 5\n6',
    ' 18446744073709551621',
    ` ${'9'.repeat(40)}`,
  ].map((value) => length(value)),
  post('length twice, the same', 'Content-Length: 5\r\nContent-Length: 5', 'hello', REFUSED),
  post('length twice, another', 'Content-Length: 5\r\ncontent-length: 6', 'hello!', REFUSED),
  post('length twice, the second behind a NUL', 'Content-Length: 5\r\nContent-Length\0: 6', 'hello', REFUSED),
  post('length with a space before the colon', 'Content-Length : 5', 'hello', REFUSED),
  post('no length, then what looks like a body', 'X: y', 'hello', `POST /p, ${REFUSED}`),
  post(
    'CL.0: a body that is a request',
    `Content-Length: ${HIDDEN.length}`,
    HIDDEN,
    `POST /p ${HIDDEN}, GET /next, open`,
  ),
  {
    title: 'CL.0 with GET',
    bytes: `GET /g HTTP/1.1\r\nHost: a\r\nContent-Length: ${HIDDEN.length}\r\n\r\n${HIDDEN}${NEXT}`,
    outcome: `GET /g ${HIDDEN}, GET /next, open`,
  },
  {
    title: 'CL.0 with HEAD',
    bytes: `HEAD /h HTTP/1.1\r\nHost: a\r\nContent-Length: ${HIDDEN.length}\r\n\r\n${HIDDEN}${NEXT}`,
    outcome: `HEAD /h ${HIDDEN}, GET /next, open`,
  },
  post('CL.0 behind an expectation', `Expect: 100-continue\r\nContent-Length: 5`, 'hello', READ),
  {
    ...post('an expectation without a body', 'Expect: 100-continue', '', 'POST /p, end'),
    better: 'POST /p, GET /next, open',
  },
  // Node looks for the words anywhere.
  post('an expectation in disguise', `Expect: y 100-continue\r\nContent-Length: 5`, 'hello', READ),
  {
    // Node would lose the bytes behind it, so our front ends the connection.
    ...post(
      'an upgrade',
      'Connection: upgrade\r\nUpgrade: h2c\r\nContent-Length: 5',
      'hello',
      'POST /p hello, end',
    ),
    better: READ,
  },

  // RFC 9112, 7.1: chunks.
  chunks('plain', GOOD_CHUNKS, READ),
  chunks('zeros in front of the size', '0005\r\nhello\r\n000\r\n\r\n', READ),
  chunks('extensions', '5;a=b;c="d \\" e"\r\nhello\r\n0;x\r\n\r\n', READ),
  chunks('trailers', '5\r\nhello\r\n0\r\nA: b\r\nC: d\r\n\r\n', READ),
  chunks(
    'a trailer that names a length',
    `5\r\nhello\r\n0\r\nContent-Length: 100\r\n\r\n`,
    `POST /p hello …, ${REFUSED}`,
  ),
  chunks(
    'a trailer that names a coding',
    `5\r\nhello\r\n0\r\nTransfer-Encoding: chunked\r\n\r\n`,
    `POST /p hello …, ${REFUSED}`,
  ),
  chunks('a trailer that names a host', `5\r\nhello\r\n0\r\nHost: b\r\n\r\n`, READ),
  ...[
    '+5',
    '-5',
    '0x5',
    ' 5',
    '\t5',
    '',
    ';a',
    'g',
    '5_',
    '0 5',
    '5\v',
    '5\0',
    '5\r',
    '\r\n5',
    '5 5',
    '5,',
    '5.0',
    '"5"',
  ].map((size) => chunks(`size ${JSON.stringify(size)}`, `${size}\r\nhello\r\n0\r\n\r\n`)),
  ...['10000000000000005', '100000000000000005', 'fffffffffffffffff', '5'.padEnd(40, '0')].map((size) =>
    chunks(`size ${size}`, `${size}\r\nhello\r\n0\r\n\r\n`),
  ),
  chunks('bare LF behind the size', '5\nhello\r\n0\r\n\r\n'),
  chunks('bare LF behind the last size', '5\r\nhello\r\n0\n\r\n', `POST /p hello …, ${REFUSED}`),
  chunks('bare CR behind the size', '5\rhello\r\n0\r\n\r\n'),
  chunks('bare LF behind the data', '5\r\nhello\n0\r\n\r\n', `POST /p hello …, ${REFUSED}`),
  chunks('bare CR behind the data', '5\r\nhello\r0\r\n\r\n', `POST /p hello …, ${REFUSED}`),
  chunks('nothing behind the data', '5\r\nhello0\r\n\r\n', `POST /p hello …, ${REFUSED}`),
  chunks('other bytes behind the data', '5\r\nhelloXX0\r\n\r\n', `POST /p hello …, ${REFUSED}`),
  chunks('bare LF behind the last chunk', '5\r\nhello\r\n0\r\n\n', `POST /p hello …, ${REFUSED}`),
  chunks('bare LF in an extension (TERM.EXT)', '5;\nhello\r\n0\r\n\r\n'),
  chunks('bare CR in an extension', '5;a\rb\r\nhello\r\n0\r\n\r\n'),
  chunks('line end in a quoted extension', '5;a="\r\n"\r\nhello\r\n0\r\n\r\n'),
  chunks('NUL in an extension', '5;a\0b\r\nhello\r\n0\r\n\r\n'),
  chunks('an extension without a name', '5;\r\nhello\r\n0\r\n\r\n'),
  chunks('an endless extension', `5;${'a'.repeat(70_000)}\r\nhello\r\n0\r\n\r\n`),
  chunks('EXT.TERM: a hidden request in an extension', `5;\n${HIDDEN}\r\nhello\r\n0\r\n\r\n`),
  chunks('a trailer with a bare LF', '5\r\nhello\r\n0\r\nA: b\nC: d\r\n\r\n', `POST /p hello …, ${REFUSED}`),
  chunks('a folded trailer', '5\r\nhello\r\n0\r\nA: b\r\n c\r\n\r\n', `POST /p hello …, ${REFUSED}`),
  chunks('a trailer without a colon', '5\r\nhello\r\n0\r\nA\r\n\r\n', `POST /p hello …, ${REFUSED}`),
  chunks(
    'a trailer with a space before the colon',
    '5\r\nhello\r\n0\r\nA : b\r\n\r\n',
    `POST /p hello …, ${REFUSED}`,
  ),
  chunks('a request instead of trailers', `5\r\nhello\r\n0\r\n${HIDDEN}`, `POST /p hello …, ${REFUSED}`),
  chunks(
    'trailers without end',
    `5\r\nhello\r\n0\r\n${`A: ${'b'.repeat(1000)}\r\n`.repeat(70)}`,
    `POST /p hello …, HEADERS_TOO_LARGE, end`,
  ),

  // Request lines.
  line('empty lines before it', `\r\n\r\nGET /g HTTP/1.1`, 'GET /g, GET /next, open'),
  line('a space before it', ' GET /g HTTP/1.1'),
  line('a bare LF at its end', 'GET /g HTTP/1.1\nX: y'),
  line('a bare CR at its end', 'GET /g HTTP/1.1\rX: y'),
  line('two CRs at its end', 'GET /g HTTP/1.1\r'),
  line('a space at its end', 'GET /g HTTP/1.1 '),
  line('two spaces', 'GET  /g HTTP/1.1', 'GET /g, GET /next, open'),
  line('two spaces before the version', 'GET /g  HTTP/1.1', 'GET /g, GET /next, open'),
  line('a tab', 'GET\t/g HTTP/1.1'),
  line('a tab before the version', 'GET /g\tHTTP/1.1'),
  line('a space in the target', 'GET /g /h HTTP/1.1'),
  line('a NUL in the target', 'GET /g\0h HTTP/1.1'),
  line('a DEL in the target', 'GET /g\x7fh HTTP/1.1'),
  line('no target', 'GET HTTP/1.1'),
  line('no method', '/g HTTP/1.1'),
  line('a header in the target', 'GET /g HTTP/1.1\\r\\nX: y HTTP/1.1'),
  line('a method that nobody knows', 'FROB /g HTTP/1.1'),
  line('a method in lower case', 'get /g HTTP/1.1'),
  line('a method with a NUL', 'GET\0 /g HTTP/1.1'),
  ...[
    'HTTP/1.2',
    'HTTP/2.0',
    'HTTP/0.9',
    'HTTP/1',
    'HTTP/1.',
    'HTTP/1.10',
    'HTTP/01.1',
    'HTTP/ 1.1',
    'http/1.1',
    'HTTP 1.1',
    'ICE/1.0',
    'HTTP/1.1x',
  ].map((version) => line(version, `GET /g ${version}`)),
  line('RTSP/1.0', 'GET /g RTSP/1.0', 'GET /g, end'),
  { title: 'the preface of HTTP/2', bytes: 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', outcome: REFUSED },
  { title: 'an answer', bytes: 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n', outcome: REFUSED },
  { title: 'TLS', bytes: '\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03', outcome: REFUSED },
  { title: 'HTTP/0.9', bytes: 'GET /g\r\n\r\n', outcome: REFUSED },
  { title: 'bare LFs only', bytes: 'GET /g HTTP/1.1\nHost: a\n\n', outcome: REFUSED },
  {
    title: 'bare LF at the end of the head',
    bytes: `GET /g HTTP/1.1\r\nHost: a\r\n\n${NEXT}`,
    outcome: REFUSED,
  },
  {
    title: 'bare CR at the end of the head',
    bytes: `GET /g HTTP/1.1\r\nHost: a\r\n\r${NEXT}`,
    outcome: REFUSED,
  },
  {
    title: 'a space before the first header',
    bytes: `GET /g HTTP/1.1\r\n Host: a\r\n\r\n${NEXT}`,
    outcome: REFUSED,
  },

  // Headers.
  header('a bare LF', 'X: y\nZ: w'),
  header('a bare CR', 'X: y\rZ: w'),
  header('a bare CR at the end of a value', 'X: y\r'),
  header('a NUL in a value', 'X: y\0'),
  header('a DEL in a value', 'X: y\x7f'),
  header('a fold', 'X: y\r\n z'),
  header('a fold with a tab', 'X: y\r\n\tz'),
  header('a line of a space', 'X: y\r\n \r\nZ: w'),
  header('no colon', 'X'),
  header('no name', ': y'),
  header('a space before the colon', 'X : y'),
  header('a space in the name', 'X Y: z'),
  header('an empty value', 'X:', 'GET /g, GET /next, open'),
  header('bytes beyond ASCII in a value', 'X: \x80\xff', 'GET /g, GET /next, open'),
  header('bytes beyond ASCII in a name', 'X\x80: y'),
  ...[...'"(),/;<=>?@[\\]{}'].map((char) => header(`${char} in a name`, `X${char}Y: z`)),
  header('every character of a token', "!#$%&'*+-.^_`|~09azAZ: y", 'GET /g, GET /next, open'),
  header('a second Host', 'Host: b'),
  header('the same Host again', 'Host: a'),
  header('Host with a space before the colon', 'Host : b'),
  header('a request behind the last one', 'Connection: close', `GET /g, end`),

  // Targets.
  line('target //', 'GET // HTTP/1.1', 'GET //, GET /next, open'),
  ...[
    '/g#h',
    'ftp://a/',
    'http:///g',
    'http://',
    'http://u@a/',
    'http://a b/',
    'a',
    'a:80',
    '/../g',
    '/%2e%2e/g',
  ].map((target) => line(`target ${target}`, `GET ${target} HTTP/1.1`)),
]
