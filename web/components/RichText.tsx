import type { ComponentChildren } from 'preact'
import type { TextKey } from '../state/i18n.ts'
import { useApp } from './app-context.ts'

/** A sentence of the page's language with elements in it. `n` chooses the plural, and is `{n}`. */
export function RichText({
  text,
  n,
  values
}: {
  text: TextKey
  n?: number
  values?: Record<string, ComponentChildren>
}) {
  const { i18n } = useApp()
  const parts = i18n.pattern(text, n).split(/\{(\w+)\}/)
  return (
    <>
      {parts.map((part, place) => {
        if (place % 2 === 0) return part
        return part === 'n' && n !== undefined ? i18n.tools.value.number.format(n) : values?.[part]
      })}
    </>
  )
}
