/* oxlint-disable jsx-a11y/prefer-tag-over-role -- HTML has no list of options for a text box of several lines. */
import { useSignal } from '@preact/signals'
import type { RefObject } from 'preact'
import { useId, useRef } from 'preact/hooks'
import type { Emoji, EmojiSet } from '../emoji/emoji.ts'
import { insertAt } from '../formatting/writing-aids.ts'
import { useApp, useChat } from './app-context.ts'

/** `:par` before the caret, and `:tada:`. A time as 10:30 and a face as :P are neither. */
const BEGUN = /(?<=^|[\s(]):([\p{L}+-][\p{L}\d_+-]+)$/u
const WHOLE = /(?<=^|[\s(]):([\w+-]+):$/
/** Longer than any code. */
const LOOK_BACK = 40
const OFFERED = 6

/** Completes `:shortcode` in a text box: arrows choose, Enter or Tab takes, Escape closes. */
export function useEmojiCompletion(box: RefObject<HTMLTextAreaElement | null>) {
  const { i18n } = useApp()
  const choices = useChat().emoji
  const offered = useSignal<readonly Emoji[]>([])
  const active = useSignal(0)
  /** What the chosen one replaces. */
  const begun = useRef('')
  const id = useId()
  const isOpen = offered.value.length > 0

  const textBefore = () => box.current?.value.slice(0, box.current.selectionStart).slice(-LOOK_BACK) ?? ''

  async function typed() {
    offered.value = []
    const before = textBefore()
    const [all = '', wanted] = WHOLE.exec(before) ?? BEGUN.exec(before) ?? []
    if (wanted === undefined) return
    const { loadEmoji, toned } = await import('../emoji/emoji.ts')
    const set: EmojiSet = await loadEmoji(i18n.language.value)
    if (textBefore() !== before) return
    begun.current = all
    if (!all.endsWith(':')) {
      offered.value = set.search(wanted, OFFERED).map((emoji) => ({ ...emoji, sign: toned(emoji, choices.tone.value) }))
      active.value = 0
      return
    }
    const emoji = set.ofCode(wanted)
    if (emoji) take(toned(emoji, choices.tone.value))
  }

  function take(sign: string) {
    offered.value = []
    // The caret may have moved.
    if (!textBefore().endsWith(begun.current)) return
    choices.used(sign)
    insertAt(box.current!, `${sign} `, begun.current.length)
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
      else take(offered.value[active.value]!.sign)
      return true
    },
    /** For the text box, so that a screen reader says what is chosen. */
    attributes: {
      'aria-autocomplete': 'list' as const,
      'aria-controls': isOpen ? id : undefined,
      'aria-activedescendant': isOpen ? `${id}-${active.value}` : undefined
    },
    list: isOpen && (
      <div id={id} class="completions choosing" role="listbox" aria-label={i18n.t('emoji.title')}>
        {offered.value.map(({ sign, name, codes }, place) => (
          <button
            key={sign}
            id={`${id}-${place}`}
            type="button"
            role="option"
            tabIndex={-1}
            aria-selected={place === active.value}
            // The text box keeps the focus.
            onPointerDown={(event) => event.preventDefault()}
            onClick={() => take(sign)}
          >
            <span class="emoji">{sign}</span> <span>{name}</span> <small>:{codes[0]}:</small>
          </button>
        ))}
      </div>
    )
  }
}
