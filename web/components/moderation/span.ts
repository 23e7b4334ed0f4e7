import { useModerationTexts } from './texts.ts'

const SECOND_MS = 1_000
export const MINUTE_MS = 60 * SECOND_MS
export const HOUR_MS = 60 * MINUTE_MS
export const DAY_MS = 24 * HOUR_MS

/** Says a time in the largest unit that it is a multiple of. */
export function useSpan(): (ms: number) => string {
  const t = useModerationTexts()
  return (ms) => {
    if (ms % DAY_MS === 0) return t('time.days', { n: ms / DAY_MS })
    if (ms % HOUR_MS === 0) return t('time.hours', { n: ms / HOUR_MS })
    return ms % MINUTE_MS === 0
      ? t('time.minutes', { n: ms / MINUTE_MS })
      : t('time.seconds', { n: Math.round(ms / SECOND_MS) })
  }
}
