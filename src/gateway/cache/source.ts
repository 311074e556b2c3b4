import { type Arrows, follow } from '../../base/lib/index.ts'

export type SourceState = keyof typeof SOURCE_ARROWS

/**
 * What is known of a function or proxy: whether its responses ask to be shared at all. Most never do, and then a request
 * for them costs one look at this.
 *
 *   unproven ─ a response that does not opt in ─> plain
 *   unproven ─ a response that does ────────────> sharing
 *   plain ──── a response that does ────────────> sharing
 *
 * Tested: fill.test.ts; over sockets in test/compat/edge/caching.test.ts.
 */
export class CacheSource {
  state: SourceState = 'unproven'

  onResponse(optsIn: boolean): void {
    if (optsIn && this.state !== 'sharing') this.state = follow(SOURCE_ARROWS, this.state, 'sharing')
    else if (this.state === 'unproven') this.state = follow(SOURCE_ARROWS, this.state, 'plain')
  }
}

export const SOURCE_ARROWS = {
  unproven: ['plain', 'sharing'],
  plain: ['sharing'],
  sharing: [],
} as const satisfies Arrows<'unproven' | 'plain' | 'sharing'>
