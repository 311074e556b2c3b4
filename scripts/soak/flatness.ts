/** Memory at one moment of a soak, in MB. */
export interface Sample {
  seconds: number
  hostMb: number
  /** The host and all that it has started. */
  treeMb: number
}

/** What one quarter may have more than another: collections come when they come. */
const GROWTH_SHARE = 0.1
const GROWTH_MB = 8

/**
 * Compares the last quarter with the second one; in the first, caches and pools fill. By their medians: a single sample
 * tells when V8 has last collected.
 * @returns what has grown, in words; nothing when memory is flat.
 */
export function findGrowth(samples: readonly Sample[]): string[] {
  const quarter = Math.floor(samples.length / 4)
  if (quarter === 0) return ['too few samples to tell']
  return (['hostMb', 'treeMb'] as const).flatMap((what) => {
    const early = median(samples.slice(quarter, 2 * quarter).map((sample) => sample[what]))
    const late = median(samples.slice(-quarter).map((sample) => sample[what]))
    if (late <= early + Math.max(GROWTH_MB, early * GROWTH_SHARE)) return []
    const who = what === 'hostMb' ? 'the host' : 'host and instances'
    return [
      `${who} went from ${early.toFixed(1)} MB in the second quarter to ${late.toFixed(1)} MB in the last`,
    ]
  })
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[Math.floor(values.length / 2)]!
}
