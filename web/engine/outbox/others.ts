// What the other pages of this person do with the outbox that they share, seen from this one.
import type { OutboxDeps } from './deps.ts'
import type { OutboxItem } from './item.ts'
import type { OutboxList } from './list.ts'
import type { Change } from './store.ts'

/** The tab that a message was said in sends it, if it can: the others hold back for so long. */
const AFTER_YOU_MS = 500

/** `changed` is called a while after others did something. */
export function hearOthers(list: OutboxList, { store, stands, confirmed }: OutboxDeps, changed: () => void) {
  let afterYou: ReturnType<typeof setTimeout> | undefined
  let closed = false

  store.onChange?.(heard)

  function heard({ what, item }: Change) {
    const held = list.find(item.id)
    if (closed || (held && list.isBeyond(held))) return
    if (stands?.(item)) list.drop(item, 'settled')
    else if (what === 'discarded') list.hide(item.id)
    else if (what !== 'sent' || held) list.show(item)
    if (what === 'sent' && held && item.receipt) confirmed(item, item.receipt)
    clearTimeout(afterYou)
    afterYou = setTimeout(changed, AFTER_YOU_MS)
  }

  return {
    /** What the store says is what waits, but for what nobody else has a say in. */
    agree(kept: OutboxItem[]) {
      for (const held of list.items.value)
        if (!list.isBeyond(held) && !kept.some(({ id }) => id === held.id)) list.hide(held.id)
      for (const item of kept) {
        const held = list.find(item.id)
        if (held && list.isBeyond(held)) continue
        if (stands?.(item)) list.drop(item, 'settled')
        else list.show(item)
      }
    },

    close() {
      closed = true
      clearTimeout(afterYou)
    }
  }
}
