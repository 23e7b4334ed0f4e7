import { Dialog } from './Dialog.tsx'
import { useKeyboardTexts, type KeyboardText } from './keyboard-texts.ts'

const SHORTCUTS: readonly [text: KeyboardText, ...keys: string[]][] = [
  ['chooser', 'Ctrl K'],
  ['nextRoom', 'Alt ↑', 'Alt ↓'],
  ['nextUnread', 'Alt Shift ↑', 'Alt Shift ↓'],
  ['scroll', 'Page Up', 'Page Down'],
  ['walk', '↑', '↓', 'Home', 'End'],
  ['newest', 'Esc'],
  ['write', 'A…Z'],
  ['send', 'Enter'],
  ['line', 'Shift Enter'],
  ['edit', '↑'],
  ['format', 'Ctrl B', 'Ctrl I', 'Ctrl E', 'Ctrl K'],
  ['help', '?']
]
const isMac = /^(Mac|iP)/.test(navigator.platform)

/** All keys that do something, in one list. */
export function Shortcuts({ onClose }: { onClose: () => void }) {
  const texts = useKeyboardTexts()
  return (
    <Dialog title={texts.title} onClose={onClose}>
      <dl class="shortcuts">
        {SHORTCUTS.map(([text, ...keys]) => (
          <div key={text} class="choice">
            <dt>{texts[text]}</dt>
            <dd>
              {keys.map((key) => (
                <kbd key={key}>{isMac ? key.replace('Ctrl', '⌘').replace('Alt', '⌥') : key}</kbd>
              ))}
            </dd>
          </div>
        ))}
      </dl>
    </Dialog>
  )
}
