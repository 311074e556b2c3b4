/** As in an instance: ours is installed before any module of the user's is loaded. */
import { installFetch } from '../../../src/compute/runtime/fetch/index.ts'

if (process.argv[2] === 'light') installFetch()
