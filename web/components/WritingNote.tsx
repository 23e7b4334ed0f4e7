import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import type { texts } from '../locales/en/dialogs.ts'
import type { Hindrance } from '../state/writing.ts'
import { useApp, useTexts } from './app-context.ts'

const DAY_MS = 86_400_000
const UNITS = [
  [3_600_000, 'hour'],
  [60_000, 'minute'],
  [1_000, 'second']
] as const

/** Why the person can't write, and until when. The countdown is for the eyes: it would interrupt a screen reader every second. */
export function WritingNote({ hindrance }: { hindrance: Hindrance; onClose(): void }) {
  const { tools, language } = useApp().i18n
  const t = useTexts<typeof texts>()
  const now = useSignal(Date.now())
  const { reason, until, why } = hindrance
  const left = Math.max(0, (until ?? 0) - now.value)
  const counts = reason === 'slow-mode'
  useEffect(() => {
    if (!counts) return undefined
    const timer = setInterval(() => (now.value = Date.now()), 1_000)
    return () => clearInterval(timer)
  }, [counts, now])

  function time(ms: number): string {
    const [size, unit] = UNITS.find(([size]) => ms >= size) ?? UNITS[2]
    return new Intl.NumberFormat(language.value, { style: 'unit', unit, unitDisplay: 'long' }).format(
      Math.ceil(ms / size)
    )
  }
  const { clock, moment } = tools.value
  const when = until === undefined ? '' : (left < DAY_MS ? clock : moment).format(until)
  return (
    <>
      {reason !== 'muted'
        ? t(`writing.${reason}`)
        : t(until === undefined ? 'writing.muted' : 'writing.mutedUntil', { when })}
      {why !== undefined && <span dir="auto"> {t('writing.why', { why })}</span>}
      {counts && <span aria-hidden="true"> {t('writing.wait', { time: time(left) })}</span>}
    </>
  )
}
