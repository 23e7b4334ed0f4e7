const HOUR_MS = 3_600_000
const DAY_HOURS = 24

/** How long ago a moment is, in hours or days: what is counted is known no more exactly. */
export function ago(near: Intl.RelativeTimeFormat, at: number): string {
  const hours = Math.round(Math.max(Date.now() - at, 0) / HOUR_MS)
  return hours < DAY_HOURS ? near.format(-hours, 'hour') : near.format(-Math.round(hours / DAY_HOURS), 'day')
}
