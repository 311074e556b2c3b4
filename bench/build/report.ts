import { median, type Sample } from './measure.ts'
import type { Kind } from './project.ts'
import { TOOLS, type ToolName } from './tools.ts'

export interface Row {
  kind: Kind
  functions: number
  tool: ToolName
  /** One per round. */
  samples: Sample[]
}

type Column = keyof Sample

const COLUMNS: readonly { column: Column; title: string }[] = [
  { column: 'coldMs', title: 'cold ms' },
  { column: 'coldCpuMs', title: 'cold CPU ms' },
  { column: 'rebuildMs', title: 'rebuild ms' },
  { column: 'rebuildCpuMs', title: 'rebuild CPU ms' },
  { column: 'peakMb', title: 'peak MB' },
]

/** The median over the rounds; undefined where nobody measured. */
export function readMedian(row: Row, column: Column): number | undefined {
  const values = row.samples.flatMap((sample) => sample[column] ?? [])
  return values.length === 0 ? undefined : median(values)
}

/** A line a row: the medians, and in brackets how many times Roost's. */
export function formatRows(rows: readonly Row[]): string {
  const lines = rows.map((row) => {
    const roost = rows.find(
      (other) => other.tool === 'roost' && other.kind === row.kind && other.functions === row.functions,
    )
    return [
      `${row.functions} ${row.kind}`,
      TOOLS[row.tool].title,
      ...COLUMNS.map(({ column }) => formatCell(readMedian(row, column), roost && readMedian(roost, column))),
    ]
  })
  return formatTable([['functions', 'tool', ...COLUMNS.map(({ title }) => title)], ...lines])
}

function formatCell(value: number | undefined, roost: number | undefined): string {
  if (value === undefined) return ''
  const ratio = roost === undefined || roost === 0 ? '' : ` (${(value / roost).toFixed(1)})`
  return `${Math.round(value)}${ratio}`
}

function formatTable(lines: readonly string[][]): string {
  const widths = lines[0]!.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)))
  return lines
    .map((line) =>
      line.map((cell, i) => (i < 2 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join('  '),
    )
    .join('\n')
}

/** What issue 4 wants of a hundred functions, each ratio taken within its round, then the median of them. */
export function formatTargets(rows: readonly Row[]): string {
  return TARGETS.flatMap(({ title, kind, column, by, least, most }) => {
    const find = (tool: ToolName) =>
      rows.find((row) => row.kind === kind && row.functions === 100 && row.tool === tool)
    const [roost, other] = [find('roost'), find(by)]
    if (roost === undefined || other === undefined) return []
    const ratios = roost.samples.flatMap((sample, round) => {
      const [ours, theirs] = [sample[column], other.samples[round]?.[column]]
      if (ours === undefined || theirs === undefined) return []
      return least === undefined ? ours / theirs : theirs / ours
    })
    const ratio = median(ratios)
    const isMet = least === undefined ? ratio <= most! : ratio >= least
    const wanted = least === undefined ? `at most ${most}` : `at least ${least}`
    return `${isMet ? 'met   ' : 'missed'}  ${ratio.toFixed(1)}  (${wanted})  ${title}`
  }).join('\n')
}

interface Target {
  title: string
  kind: Kind
  column: Column
  by: ToolName
  /** Times faster. */
  least?: number
  /** Times slower. */
  most?: number
}

const NAMES: Record<string, string> = {
  coldMs: 'cold build, time',
  coldCpuMs: 'cold build, CPU',
  rebuildMs: 'rebuild, time',
  rebuildCpuMs: 'rebuild, CPU',
}

const TARGETS: readonly Target[] = [
  ...(['packages', 'own'] as const).flatMap((kind) =>
    (['archives', 'folders'] as const).flatMap((by) =>
      (['coldMs', 'coldCpuMs', 'rebuildMs', 'rebuildCpuMs'] as const).map((column) => ({
        title: `${kind}: ${NAMES[column]}, faster than ${TOOLS[by].title}`,
        kind,
        column,
        by,
        least: column.startsWith('cold') ? 5 : 20,
      })),
    ),
  ),
  ...(['each', 'all'] as const).flatMap((by) =>
    (['coldMs', 'coldCpuMs'] as const).map((column) => ({
      title: `own: ${NAMES[column]}, slower than ${TOOLS[by].title}`,
      kind: 'own' as const,
      column,
      by,
      most: 1.5,
    })),
  ),
]
