/** What is measured: one column of the table each. A scenario fills those that it has. */
export const COLUMNS = {
  perSecond: { title: 'req/s', digits: 0 },
  ratio: { title: '÷ floor', digits: 2 },
  cpuMicros: { title: 'CPU µs/req', digits: 1 },
  p50At1: { title: 'p50 ms, 1 conn', digits: 2 },
  p99At1: { title: 'p99 ms, 1 conn', digits: 2 },
  p50At32: { title: 'p50 ms, 32 conn', digits: 2 },
  p99At32: { title: 'p99 ms, 32 conn', digits: 2 },
  coldMs: { title: 'cold call ms', digits: 1 },
  pssMb: { title: 'PSS MB', digits: 0 },
  mbPerSecond: { title: 'MB/s', digits: 0 },
  firstCallMs: { title: 'first call p50 ms', digits: 1 },
  readyMs: { title: 'ready ms', digits: 0 },
  instanceMb: { title: 'instance MB', digits: 1 },
  gatewayGrowthMb: { title: 'gateway +MB', digits: 1 },
  instanceGrowthMb: { title: 'instance +MB', digits: 1 },
  quietP99: { title: 'p99 ms, quiet', digits: 2 },
  besideP99: { title: 'p99 ms, beside', digits: 2 },
} as const satisfies Record<string, { title: string; digits: number }>

export type ColumnName = keyof typeof COLUMNS
export type Figures = Partial<Record<ColumnName, number>>

export interface Row {
  scenario: string
  target: string
  /** One per round, in order. */
  samples: Figures[]
}

/** The median of each column over the rounds. */
export function summarize(samples: Figures[]): Figures {
  const summary: Figures = {}
  for (const name of Object.keys(COLUMNS) as ColumnName[]) {
    const values = samples.flatMap((sample) => sample[name] ?? [])
    if (values.length > 0) summary[name] = median(values)
  }
  return summary
}

function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/** A table for a terminal: text columns left, numbers right, only columns that somebody filled. */
export function formatTable(rows: Row[]): string {
  const summaries = rows.map((row) => summarize(row.samples))
  const names = (Object.keys(COLUMNS) as ColumnName[]).filter((name) =>
    summaries.some((figures) => figures[name] !== undefined),
  )
  const lines = [
    ['scenario', 'server', ...names.map((name) => COLUMNS[name].title)],
    ...rows.map((row, i) => [
      row.scenario,
      row.target,
      ...names.map((name) => formatFigure(summaries[i]![name], COLUMNS[name].digits)),
    ]),
  ]
  const widths = lines[0]!.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)))
  return lines
    .map((line) =>
      line
        .map((cell, i) => (i < 2 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

function formatFigure(value: number | undefined, digits: number): string {
  if (value === undefined) return ''
  return value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits })
}
