import { createRandom, type Random } from '../helpers/random.ts'
import { pause } from '../helpers/wait.ts'
import type { Attack } from './attack.ts'
import { ATTACKS } from './attacks/index.ts'
import { type Footprint, findLeftovers, measureAtRest, measureReturned } from './footprint.ts'
import { type NeighbourReport, visitAsNeighbour } from './neighbour.ts'
import { openStage, type Stage, type StageOptions } from './stage.ts'

export interface AttackOptions extends StageOptions {
  seconds: number
  seed: number
  /** Hears what begins, and what is measured. */
  say(text: string): void
}

export interface AttackReport {
  /** How often each attack was begun. */
  counts: Record<string, number>
  quiet: NeighbourReport
  attacked: NeighbourReport
  before: Footprint
  after: Footprint
  /** What is not as it has to be, in words; empty when all is well. */
  problems: string[]
}

/** How many attacks run at once, and how long each lasts; the first round only has to wake what they use. */
const AT_ONCE = 3
const ATTACK_MS = 4000
const FIRST_MS = 1500
const QUIET_MS = 3000
/** The quota that the stage sets, and what lies beside it for a moment. */
const MAX_BLOBS_MB = 64 + 32

/**
 * Attacks one host in every way at once while a neighbour goes on working. Every request of the neighbour has to be
 * answered, and when it is over memory, descriptors, processes, files and shared memory have to return to what they were
 * after each attack has had a short try: what the host loads at its first use stays.
 */
export async function runAttack(options: AttackOptions): Promise<AttackReport> {
  const { seconds, seed, say } = options
  await using stage = await openStage(options)
  const random = createRandom(seed)
  // The first calls start instances: they are not measured.
  await visitAsNeighbour(stage.roost, AbortSignal.timeout(QUIET_MS / 3))
  const quiet = await visitAsNeighbour(stage.roost, AbortSignal.timeout(QUIET_MS))
  const counts: Record<string, number> = {}
  const possible = ATTACKS.filter(({ needs }) => needs?.(stage) ?? true)
  const untried = possible.values()
  await wreak(stage, random, () => untried.next().value, FIRST_MS, say)
  const before = await measureAtRest(stage)
  const over = new AbortController()
  const neighbour = visitAsNeighbour(stage.roost, over.signal)
  const endMs = performance.now() + seconds * 1000
  const pick = (): Attack | undefined => {
    if (performance.now() >= endMs) return undefined
    const attack = random.pick(possible)
    counts[attack.name] = (counts[attack.name] ?? 0) + 1
    return attack
  }
  await wreak(stage, random, pick, ATTACK_MS, say)
  over.abort()
  const attacked = await neighbour
  const after = await measureReturned(stage, before)
  return {
    counts,
    quiet,
    attacked,
    before,
    after,
    problems: [
      ...(quiet.failed > 0 ? [`${quiet.failed} requests failed before any attack`] : []),
      ...(attacked.failed > 0
        ? [`${attacked.failed} of ${attacked.requests} requests of the neighbour failed`]
        : []),
      ...attacked.failures,
      ...findLeftovers(before, after),
      ...(after.blobsMb > MAX_BLOBS_MB ? [`blobs take ${after.blobsMb.toFixed(0)} MB of disk`] : []),
    ],
  }
}

/** Runs what `next` gives, several at once, until it gives nothing. */
async function wreak(
  stage: Stage,
  random: Random,
  next: () => Attack | undefined,
  attackMs: number,
  say: AttackOptions['say'],
): Promise<void> {
  const fronts = Array.from({ length: AT_ONCE }, async () => {
    for (let attack = next(); attack !== undefined; attack = next()) {
      say(attack.name)
      const signal = AbortSignal.timeout(attackMs)
      // It is over with its time, whether or not it notices.
      await Promise.race([attack.run(stage, { signal, random }), pause(attackMs + 1000)])
    }
  })
  await Promise.all(fronts)
}
