// The time from sending to display for each pair of regions, and to the acknowledgement. All clients share this process's clock.
import { percentile } from '../testing/statistics.ts'
import type { NativeClient } from './native.ts'

/** Rows: where messages were sent. Columns: where they were displayed, and the acknowledgement. */
export function latencyTable(natives: readonly NativeClient[]): string {
  const regions = [...Map.groupBy(natives, ({ region }) => region)]
  const cell = (ms: readonly number[]) =>
    ms.length === 0 ? '–' : `${percentile(ms, 0.5).toFixed(0)} / ${percentile(ms, 0.99).toFixed(0)}`
  const rows = regions.map(([from, senders]) => [
    from,
    ...regions.map(([, viewers]) => cell(displayedAfter(senders, viewers))),
    cell(senders.flatMap((one) => one.acknowledgedAfter))
  ])
  const table = [['sent in', ...regions.map(([name]) => `shown in ${name}`), 'acknowledged'], ...rows]
  const widths = table[0]?.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0))) ?? []
  return [
    'From sending to display, p50 / p99 in milliseconds. Measured on this computer, so its distance to both regions is included:',
    ...table.map((row) => `  ${row.map((text, column) => text.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd())
  ].join('\n')
}

/** Milliseconds from sending to display. */
export const displayedAfter = (senders: readonly NativeClient[], viewers: readonly NativeClient[]): number[] => {
  const sent = senders.flatMap((sender) => sender.sent)
  const displayed = viewers.flatMap(({ screen }) => sent.map(({ id, at }) => (screen.shownAt.get(id) ?? NaN) - at))
  return displayed.filter((ms) => !Number.isNaN(ms))
}
