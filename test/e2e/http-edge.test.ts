import { createNodeFront } from '../../src/gateway/http/index.ts'
import { describeHttpFront } from '../contract/http-front.ts'

describeHttpFront('the front on node:http', createNodeFront)
