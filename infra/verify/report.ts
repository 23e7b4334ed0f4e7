// How it is printed: a line for each check as it comes, then what was measured, then what it says about others' documentation.
import type { Fact } from './facts.ts'
import { share, type Finding } from './finding.ts'
import type { Measured } from './latency.ts'

const MARKS = { held: '✓', failed: '✗', skipped: '–' } as const
/** One fault is often said by everybody. */
const COMPLAINTS_SHOWN = 6

export function line(title: string, { mark, said, complaints }: Finding): string {
  const shown = complaints.slice(0, COMPLAINTS_SHOWN)
  const rest = complaints.length - shown.length
  return [
    `${MARKS[mark]} ${title}: ${said}`,
    ...shown.map((complaint) => `    ${complaint}`),
    ...(rest > 0 ? [`    and ${rest} more`] : [])
  ].join('\n')
}

/** Rows: where it was said. Columns: where it was seen, and when it was acknowledged. */
export function latencyTable({ regions, pairs, acknowledged }: Measured): string {
  const rows = regions.map((region) => [
    region,
    ...pairs.filter(({ from }) => from === region).map(({ ms }) => figures(ms)),
    figures(acknowledged.get(region) ?? [])
  ])
  return [
    'From saying to seeing, p50 / p99 in milliseconds; measured at this computer, so the ways from here to both regions are in it:',
    ...aligned([['said in', ...regions.map((name) => `seen in ${name}`), 'acknowledged'], ...rows])
  ].join('\n')
}

const figures = (ms: readonly number[]) =>
  ms.length === 0 ? '–' : `${share(ms, 0.5).toFixed(0)} / ${share(ms, 0.99).toFixed(0)}`

function aligned(rows: string[][]): string[] {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? []
  return rows.map((row) => `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd())
}

export function factList(facts: readonly Fact[], behindFly: boolean): string {
  return [
    'Of what the documents of others leave open:',
    ...(behindFly
      ? []
      : [
          "  (These answers did not come through Fly's proxy: what follows says how the edge here behaves, and nothing about Fly.)"
        ]),
    ...facts.map(({ fact, left, outcome, how }) => `  ${outcome}: ${fact} – ${how} (${left})`)
  ].join('\n')
}
