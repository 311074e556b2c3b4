import { createLeanFront, createNodeFront } from '../../src/gateway/http/index.ts'
import { describeFrontDifferences, type Strictness } from './front-differential.ts'

// Two of the same must be equal in everything: what differs here, the comparison has made up.
describeFrontDifferences('the front on node:http and another', createNodeFront, createNodeFront, [])

const STRICTER: Strictness[] = [
  {
    reason: /^Request line and headers are too large/,
    why: 'Node counts names and values, and not what is between them.',
  },
  {
    reason: /trailers are too long|chunked body is too long|extensions of its chunks are too long/,
    why: 'Node counts neither sizes nor names that come without a value.',
  },
  {
    reason: /a Content-Length that is not a number|a chunk size that is not a number/,
    why: 'Node takes numbers up to 2^64, and passes on those beyond 2^53 rounded.',
  },
  {
    reason: /the request line does not have three parts|a target with characters|a version that is neither/,
    why: 'Node takes several spaces for one, and RTSP for HTTP.',
  },
  {
    reason: /a line break that is not CRLF/,
    why: 'Node skips line feeds that stand alone before a request line.',
  },
  { reason: /Transfer-Encoding in HTTP\/1.0/, why: 'RFC 9112, 6.1: framing that is faulty.' },
  {
    reason: /^The only supported Expect header/,
    why: 'Node looks for the words 100-continue anywhere in the header.',
  },
]
describeFrontDifferences(
  'the front on node:http and the one on node:net',
  createNodeFront,
  createLeanFront,
  STRICTER,
)
