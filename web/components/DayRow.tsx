import { today } from '../state/today.ts'
import { useApp } from './app-context.ts'

const DAY_MS = 86_400_000

/** The line between two days. */
export function DayRow({ at }: { at: number }) {
  const { i18n } = useApp()
  const { near, day, dayOfYear } = i18n.tools.value
  const date = new Date(at)
  const days = Math.round((date.setHours(0, 0, 0, 0) - today.value) / DAY_MS)
  const text =
    days === 0 || days === -1
      ? near.format(days, 'day')
      : (date.getFullYear() === new Date(today.value).getFullYear() ? day : dayOfYear).format(date)
  return (
    <li class="day">
      <span>{text[0]!.toLocaleUpperCase(i18n.language.value) + text.slice(1)}</span>
    </li>
  )
}
