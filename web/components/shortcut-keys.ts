// The keys that work everywhere in the chat, except in a dialog. components/Shortcuts.tsx lists them.
import { useEffect } from 'preact/hooks'
import { listedRooms } from '../state/room-order.ts'
import { focusComposer, useApp, useChat } from './app-context.ts'

/** How much of the messages in view a page key scrolls. */
const PAGE_PART = 0.85
/** A key for text goes to these themselves. */
const TAKES_TEXT = 'input, textarea, select, [contenteditable]'

interface ShortcutKeys {
  /** Whether something is to be shown in front of the room. */
  isOpening(): boolean
  onChooser(): void
  onHelp(): void
}

export function useShortcutKeys({ isOpening, onChooser, onHelp }: ShortcutKeys) {
  const { i18n } = useApp()
  const { rooms } = useChat()

  useEffect(() => {
    /** Shows the next room of the list in this direction, or the next one with new messages. */
    function step(direction: 1 | -1, unreadOnly: boolean) {
      const all = listedRooms(rooms, i18n.tools.peek().collator)
      const from = all.findIndex(({ id }) => id === rooms.current.peek())
      for (let n = 1; n < all.length; n++) {
        const room = all.at((from + direction * n + all.length * n) % all.length)!
        if (unreadOnly && !rooms.unread.peek().get(room.id)) continue
        location.hash = `#/${room.id}`
        return
      }
    }

    function scroll(direction: 1 | -1) {
      const list = document.querySelector('.scroller')
      list?.scrollBy({ top: direction * PAGE_PART * list.clientHeight })
    }

    /** Whether the key has done something, so that the browser does nothing else. */
    function act({ key, ctrlKey, metaKey, altKey, shiftKey }: KeyboardEvent, target: Element): boolean {
      const inText = target.matches(TAKES_TEXT)
      const direction = { ArrowUp: -1, PageUp: -1, ArrowDown: 1, PageDown: 1 }[key] as 1 | -1 | undefined
      if (key.toLowerCase() === 'k' && (ctrlKey || metaKey) && !altKey && !shiftKey) onChooser()
      else if (altKey && direction && key.startsWith('Arrow') && !ctrlKey && !metaKey) step(direction, shiftKey)
      else if (direction && key.startsWith('Page') && target.matches('.composer textarea')) scroll(direction)
      else if (key === 'Escape' && shiftKey) rooms.readAll()
      else if (key === 'Escape' && !target.matches('.edit-box *, .actions *')) leave()
      else if (key === '?' && !inText) onHelp()
      else return false
      return true
    }

    function leave() {
      rooms.clearLine(rooms.current.peek())
      void rooms.toEnd()
      focusComposer()
    }

    function pressed(event: KeyboardEvent) {
      const target = event.target as Element
      if (event.defaultPrevented || event.isComposing || event.keyCode === 229) return
      if (document.querySelector('dialog[open]')) return
      // What was pressed loads: what is typed meanwhile is not for the text box.
      if (isOpening() && isText(event)) return event.preventDefault()
      if (act(event, target)) event.preventDefault()
      // The character itself arrives in the box, because the focus moves before it is typed.
      else if (isText(event) && !target.matches(TAKES_TEXT)) focusComposer()
    }
    addEventListener('keydown', pressed)
    return () => removeEventListener('keydown', pressed)
  }, [i18n, rooms, isOpening, onChooser, onHelp])
}

/** A key that types something. A space presses a button or scrolls. */
const isText = (event: KeyboardEvent) =>
  (event.key === 'Dead' || (/^.$/u.test(event.key) && event.key !== ' ')) &&
  !event.metaKey &&
  (!(event.ctrlKey || event.altKey) || event.getModifierState('AltGraph'))
