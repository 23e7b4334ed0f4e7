import { useSignal } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import { useLayoutEffect, useRef } from 'preact/hooks'
import { plain, type Part } from '../formatting/format.ts'
import { useTexts } from './app-context.ts'

/** Covers a part of a message until somebody presses it. What is covered takes its space and is neither read aloud nor copied. */
export function Spoiler({ hidden, children }: { hidden: readonly Part[]; children: ComponentChildren }) {
  const t = useTexts()
  const shown = useSignal(false)
  const inside = useRef<HTMLSpanElement>(null)
  useLayoutEffect(() => inside.current?.focus({ preventScroll: true }), [shown.value])
  if (!shown.value)
    return (
      <button
        type="button"
        class="spoiler"
        aria-label={t('message.spoiler')}
        title={t('message.spoiler')}
        onClick={() => (shown.value = true)}
      >
        <span>{plain(hidden)}</span>
      </button>
    )
  return (
    <span ref={inside} class="revealed" tabIndex={-1}>
      {children}
    </span>
  )
}
