import { useSignal } from '@preact/signals'
import { useLayoutEffect, useRef } from 'preact/hooks'
import type { texts } from '../../locales/en/settings.ts'
import css from '../../style/settings.css'
import { addStyle } from '../add-style.ts'
import { useTexts } from '../app-context.ts'
import { Dialog } from '../Dialog.tsx'
import { oneColumn } from '../media.ts'
import { Devices } from './Devices.tsx'
import { Profile } from './Profile.tsx'
import { SignOut } from './SignOut.tsx'

addStyle(css)

const SECTIONS = { profile: Profile, devices: Devices }
type Section = keyof typeof SECTIONS
const sections = Object.keys(SECTIONS) as Section[]

/** All settings: a list of sections, and beside it the chosen one; on a phone in its place. */
export function Settings({ onClose }: { onClose: () => void }) {
  const t = useTexts<typeof texts>()
  const chosen = useSignal<Section | null>(null)
  const section = chosen.value ?? (oneColumn.value ? null : sections[0]!)
  const panel = useRef<HTMLElement>(null)
  const list = useRef<HTMLElement>(null)
  const before = useRef(section)
  const Shown = section && SECTIONS[section]

  // On a phone what was pressed goes away.
  useLayoutEffect(() => {
    if (before.current === section) return
    const left = before.current
    before.current = section
    if (!oneColumn.value) return
    if (section) panel.current?.focus()
    else list.current?.querySelector<HTMLElement>(`[data-section=${left}]`)?.focus()
  }, [section])

  return (
    <Dialog title={t('you.open')} wide onClose={onClose}>
      <div class="settings">
        {!(oneColumn.value && section) && (
          <nav ref={list} aria-label={t('settings.sections')}>
            {sections.map((one) => (
              <button
                key={one}
                type="button"
                class="room-link"
                data-section={one}
                aria-current={one === section || undefined}
                onClick={() => (chosen.value = one)}
              >
                {t(`${one}.title`)}
              </button>
            ))}
            <hr />
            <SignOut />
          </nav>
        )}
        {section && Shown && (
          <section ref={panel} tabIndex={-1} aria-labelledby="settings-title">
            {oneColumn.value && (
              <button type="button" class="button quiet back" onClick={() => (chosen.value = null)}>
                {t('settings.back')}
              </button>
            )}
            <h3 id="settings-title">{t(`${section}.title`)}</h3>
            <Shown onClose={onClose} />
          </section>
        )}
      </div>
    </Dialog>
  )
}
