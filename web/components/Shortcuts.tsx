import type { texts } from '../locales/en/keyboard.ts'
import type { TextKey } from '../state/i18n.ts'
import '../style/shortcuts.css'
import { useTexts } from './app-context.ts'
import { Dialog } from './Dialog.tsx'

const SHORTCUTS: readonly [text: TextKey | keyof typeof texts, ...keys: string[]][] = [
  ['chooser.title', 'Ctrl K'],
  ['keyboard.nextRoom', 'Alt ↑', 'Alt ↓'],
  ['keyboard.nextUnread', 'Alt Shift ↑', 'Alt Shift ↓'],
  ['keyboard.scroll', 'Page Up', 'Page Down'],
  ['keyboard.walk', '↑', '↓', 'Home', 'End'],
  ['keyboard.newest', 'Esc'],
  ['keyboard.allRead', 'Shift Esc'],
  ['keyboard.write', 'A…Z'],
  ['composer.send', 'Enter'],
  ['keyboard.line', 'Shift Enter'],
  ['keyboard.edit', '↑'],
  ['keyboard.format', 'Ctrl B', 'Ctrl I', 'Ctrl E', 'Ctrl K'],
  ['keyboard.help', '?']
]
const isMac = /^(Mac|iP)/.test(navigator.platform)

/** All keys that do something, in one list. */
export function Shortcuts({ onClose }: { onClose: () => void }) {
  const t = useTexts<typeof texts>()
  return (
    <Dialog title={t('keyboard.title')} onClose={onClose}>
      <dl class="shortcuts">
        {SHORTCUTS.map(([text, ...keys]) => (
          <div key={text} class="choice">
            <dt>{t(text)}</dt>
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
