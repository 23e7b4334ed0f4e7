/* oxlint-disable jsx-a11y/prefer-tag-over-role -- HTML has no list of options for a text box of several lines. */
import { useSignal } from '@preact/signals'
import type { RefObject } from 'preact'
import { useId, useRef } from 'preact/hooks'
import type { Offer } from '../state/offers.ts'
import { insertAt } from '../formatting/writing-aids.ts'
import { useApp, useChat } from './app-context.ts'

const MAY_BEGIN = /[:@]/
/** Longer than any code, and than most names. */
const LOOK_BACK = 60

/** Completes `:shortcode` and `@name` in a text box: arrows choose, Enter or Tab takes, Escape closes. */
export function useCompletion(box: RefObject<HTMLTextAreaElement | null>) {
  const { i18n } = useApp()
  const chat = useChat()
  const offered = useSignal<readonly Offer[]>([])
  const active = useSignal(0)
  /** What the chosen one replaces. */
  const begun = useRef('')
  const id = useId()
  const isOpen = offered.value.length > 0

  const textBefore = () => box.current?.value.slice(0, box.current.selectionStart).slice(-LOOK_BACK) ?? ''

  async function typed() {
    offered.value = []
    const before = textBefore()
    if (!MAY_BEGIN.test(before)) return
    const { offersFor } = await import('../state/offers.ts')
    const found = await offersFor(before, chat, i18n.language.value)
    if (!found || textBefore() !== before || box.current !== document.activeElement) return
    begun.current = found.begun
    active.value = 0
    const [first] = found.offers
    if (!found.isSure) offered.value = found.offers
    else if (first) take(first)
  }

  function take({ insert, sign }: Offer) {
    offered.value = []
    // The caret may have moved.
    if (!textBefore().endsWith(begun.current)) return
    if (sign) chat.emoji.used(sign)
    insertAt(box.current!, `${insert} `, begun.current.length)
  }

  return {
    /** After each change of the text. Without the emoji the text is as it was typed. */
    typed: () => void typed().catch(() => {}),
    close: () => (offered.value = []),
    /** Returns whether the key was for the completion. */
    keyed(event: KeyboardEvent): boolean {
      if (!isOpen || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return false
      const step = { ArrowDown: 1, ArrowUp: -1, Enter: 0, Tab: 0, Escape: 0 }[event.key]
      if (step === undefined) return false
      event.preventDefault()
      event.stopPropagation()
      if (step !== 0) active.value = (active.value + step + offered.value.length) % offered.value.length
      else if (event.key === 'Escape') offered.value = []
      else take(offered.value[active.value]!)
      return true
    },
    /** For the text box, so that a screen reader says what is chosen. */
    attributes: {
      'aria-autocomplete': 'list' as const,
      'aria-controls': isOpen ? id : undefined,
      'aria-activedescendant': isOpen ? `${id}-${active.value}` : undefined
    },
    list: isOpen && (
      <div
        id={id}
        class="completions floating choosing"
        role="listbox"
        aria-label={i18n.t(offered.value[0]?.sign ? 'emoji.title' : 'mention.list')}
      >
        {offered.value.map((offer, place) => (
          <button
            key={offer.insert}
            id={`${id}-${place}`}
            type="button"
            role="option"
            tabIndex={-1}
            aria-selected={place === active.value}
            // The text box keeps the focus.
            onPointerDown={(event) => event.preventDefault()}
            onClick={() => take(offer)}
          >
            {offer.sign && <span class="emoji">{offer.sign}</span>} <bdi>{offer.name}</bdi> <small>{offer.code}</small>
          </button>
        ))}
      </div>
    )
  }
}
