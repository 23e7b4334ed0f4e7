import { useSignal } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import type { Reason, Reply } from '../../../src/contract.ts'
import type { texts } from '../../locales/en/settings.ts'
import { sentence, useApp, useTexts } from '../app-context.ts'
import { Button } from '../Button.tsx'

export interface Part<Item, Place> {
  items: readonly Item[]
  /** How to ask for the following part, when there may be one. */
  next?: Place | undefined
}

interface PagedProps<Item, Place> {
  load(from: Place | undefined): Promise<Reply<Part<Item, Place>>>
  /** What is shown when there is nothing. */
  empty: string
  children(item: Item): ComponentChildren
}

/** A list that loads part by part, as far as the person asks. A new `key` begins again. */
export function Paged<Item, Place = string>({ load, empty, children }: PagedProps<Item, Place>) {
  const app = useApp()
  const t = useTexts<typeof texts>()
  const items = useSignal<readonly Item[] | null>(null)
  const next = useSignal<Place | undefined>(undefined)
  const refused = useSignal<Reason | null>(null)
  const busy = useRef(false)

  async function more() {
    if (busy.current) return
    busy.current = true
    const reply = await load(next.value)
    busy.current = false
    refused.value = reply.ok ? null : reply.reason
    if (!reply.ok) return
    items.value = [...(items.value ?? []), ...reply.value.items]
    next.value = reply.value.next
  }
  const first = useRef(more)
  useEffect(() => void first.current(), [])

  return (
    <>
      {items.value ? (
        <ul class="entries">{items.value.map(children)}</ul>
      ) : (
        !refused.value && <p class="lead late">{t('settings.loading')}</p>
      )}
      {items.value?.length === 0 && <p class="lead">{empty}</p>}
      {refused.value && <p role="alert">{sentence(app, refused.value)}</p>}
      {(next.value !== undefined || refused.value) && (
        <Button text={t(refused.value ? 'link.retry' : 'settings.more')} onPress={more} />
      )}
    </>
  )
}
