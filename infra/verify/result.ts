// The result of a check, one line for the operator.

export interface Result {
  mark: 'held' | 'failed' | 'skipped'
  summary: string
  /** One sentence for each fault. */
  faults: readonly string[]
}

const MARKS = { held: '✓', failed: '✗', skipped: '–' } as const
/** One fault is often reported for every client. */
const FAULTS_SHOWN = 6

export const skipped = (why: string): Result => ({ mark: 'skipped', summary: why, faults: [] })
export const failed = (cause: unknown): Result => ({ mark: 'failed', summary: messageOf(cause), faults: [] })

/** @param outcome what is reported when there are no faults */
export const judge = (subject: string, outcome: string, faults: readonly string[]): Result =>
  faults.length === 0
    ? { mark: 'held', summary: `${subject}: ${outcome}`, faults }
    : { mark: 'failed', summary: `${subject}: ${faults.length} wrong`, faults }

export function line(title: string, { mark, summary, faults }: Result): string {
  const hidden = faults.length - FAULTS_SHOWN
  const shown = [...faults.slice(0, FAULTS_SHOWN), ...(hidden > 0 ? [`and ${hidden} more`] : [])]
  return [`${MARKS[mark]} ${title}: ${summary}`, ...shown.map((fault) => `    ${fault}`)].join('\n')
}

export const seconds = (ms: number) => `${(ms / 1_000).toFixed(2)} s`
export const messageOf = (cause: unknown) => (cause instanceof Error ? cause.message : String(cause))
export const failuresOf = (attempts: readonly PromiseSettledResult<unknown>[]) =>
  attempts.flatMap((one) => (one.status === 'rejected' ? [messageOf(one.reason)] : []))
export const successesOf = <T>(attempts: readonly PromiseSettledResult<T>[]) =>
  attempts.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
