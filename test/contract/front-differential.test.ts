import { createNodeFront } from '../../src/gateway/http/index.ts'
import { describeFrontDifferences } from './front-differential.ts'

// Two of the same must be equal in everything: what differs here, the comparison has made up.
describeFrontDifferences('the front on node:http and another', createNodeFront, createNodeFront, [])
