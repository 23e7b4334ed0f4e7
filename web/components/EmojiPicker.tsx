/* oxlint-disable jsx-a11y/prefer-tag-over-role -- a search box with its list is a combobox, which HTML has only without pictures. */
import { useSignal } from '@preact/signals'
import { useEffect, useId, useRef } from 'preact/hooks'
import { placeAfter } from '../emoji/arrows.ts'
import type { texts } from '../locales/en/emoji.ts'
import type { Emoji, EmojiSet } from '../emoji/emoji.ts'
import { toned } from '../emoji/tone.ts'
import { TONES } from '../state/emoji-choices.ts'
import { useTexts, useChat } from './app-context.ts'
import { Dialog } from './Dialog.tsx'

/** In the order of the data. */
const GROUPS = [
  ...(['smileys', 'people', 'animals', 'food', 'travel'] as const),
  ...(['activities', 'objects', 'symbols', 'flags'] as const)
]
type Title = (typeof GROUPS)[number] | 'found' | 'recent'
const HAND = { sign: '✋', hasTones: true }

interface EmojiPickerProps {
  set: EmojiSet
  onPick(emoji: string): void
  onClose(): void
}

interface Choice {
  sign: string
  name: string
}

/** Chooses an emoji by search, by group or among those used last. The focus stays in the search box, and arrows move what Enter takes. */
export function EmojiPicker({ set, onPick, onClose }: EmojiPickerProps) {
  const t = useTexts<typeof texts>()
  const choices = useChat().emoji
  const text = useSignal('')
  const active = useSignal(-1)
  const list = useRef<HTMLDivElement>(null)
  const id = useId()
  const tone = choices.tone.value

  useEffect(() => {
    option(active.value)?.scrollIntoView({ block: 'nearest' })
  }, [active.value])

  function option(place: number) {
    return list.current?.querySelectorAll<HTMLElement>('[role=option]')[place]
  }

  function sections(): { title: Title; emoji: Choice[] }[] {
    if (text.value.trim() !== '') return [{ title: 'found', emoji: set.search(text.value).map(drawn) }]
    const recent = choices.recent.value.map((sign) => ({ sign, name: set.ofSign(sign)?.name ?? sign }))
    const groups = set.groups.map((group, place) => ({ title: GROUPS[place]!, emoji: group.map(drawn) }))
    return recent.length > 0 ? [{ title: 'recent', emoji: recent }, ...groups] : groups
  }
  const drawn = (emoji: Emoji) => ({ sign: toned(emoji, tone), name: emoji.name })

  function pick(sign: string | undefined) {
    if (sign === undefined) return
    choices.used(sign)
    onPick(sign)
  }

  function keyed(event: KeyboardEvent) {
    const options = [...(list.current?.querySelectorAll<HTMLElement>('[role=option]') ?? [])]
    if (event.key === 'Enter') {
      event.preventDefault()
      return pick(options[Math.max(active.value, 0)]?.dataset['sign'])
    }
    const next = placeAfter(options, active.value, event.key)
    if (next === null) return
    event.preventDefault()
    active.value = next
  }

  const shown = sections()
  let place = -1
  return (
    <Dialog title={t('emoji.title')} onClose={onClose}>
      <div class="emoji-tools">
        <input
          type="text"
          role="combobox"
          aria-label={t('emoji.search')}
          placeholder={t('emoji.search')}
          aria-expanded="true"
          aria-autocomplete="list"
          aria-controls={`${id}-list`}
          aria-activedescendant={active.value >= 0 ? `${id}-${active.value}` : undefined}
          autocomplete="off"
          enterkeyhint="done"
          value={text.value}
          onInput={(event) => {
            text.value = event.currentTarget.value
            active.value = text.value.trim() === '' ? -1 : 0
          }}
          onKeyDown={keyed}
        />
        <select
          aria-label={t('emoji.tone')}
          value={tone}
          onChange={(event) => choices.chooseTone(event.currentTarget.value)}
        >
          {TONES.map((known) => (
            <option key={known} value={known}>
              {toned(HAND, known)}
            </option>
          ))}
        </select>
        {text.value.trim() === '' && (
          <select
            class="emoji-groups"
            aria-label={t('emoji.group')}
            onChange={(event) => {
              const heading = list.current?.querySelector(`[data-group="${event.currentTarget.value}"]`)
              heading?.scrollIntoView({ block: 'start' })
            }}
          >
            {shown.map(({ title }) => (
              <option key={title} value={title}>
                {t(`emoji.${title}`)}
              </option>
            ))}
          </select>
        )}
      </div>
      <div ref={list} id={`${id}-list`} class="emoji-list choosing" role="listbox" aria-label={t('emoji.title')}>
        {shown.map(({ title, emoji }) => (
          <div key={title} role="group" aria-label={t(`emoji.${title}`)} data-group={title}>
            <p class="small" aria-hidden="true">
              {t(`emoji.${title}`)}
            </p>
            {emoji.map(({ sign, name }) => {
              place += 1
              return (
                <button
                  key={place}
                  id={`${id}-${place}`}
                  type="button"
                  role="option"
                  class="action emoji"
                  tabIndex={-1}
                  aria-selected={place === active.value}
                  aria-label={name}
                  title={name}
                  data-sign={sign}
                  onClick={() => pick(sign)}
                >
                  {sign}
                </button>
              )
            })}
          </div>
        ))}
      </div>
      <output class="small">{place < 0 ? t('emoji.none') : option(active.value)?.title}</output>
    </Dialog>
  )
}
