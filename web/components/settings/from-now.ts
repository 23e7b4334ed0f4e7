const MINUTE_MS = 60_000
const HOUR_MINUTES = 60
const DAY_HOURS = 24

/** When something was or will be, seen from now: in minutes, hours or days. */
export function fromNow(near: Intl.RelativeTimeFormat, at: number): string {
  const minutes = Math.round((at - Date.now()) / MINUTE_MS)
  if (minutes === 0) return near.format(0, 'second')
  const hours = Math.round(minutes / HOUR_MINUTES)
  if (hours === 0) return near.format(minutes, 'minute')
  return Math.abs(hours) < DAY_HOURS ? near.format(hours, 'hour') : near.format(Math.round(hours / DAY_HOURS), 'day')
}
