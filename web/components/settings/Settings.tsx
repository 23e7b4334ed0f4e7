import { useSignal } from '@preact/signals'
import { Fragment, type ComponentType } from 'preact'
import { useLayoutEffect, useRef } from 'preact/hooks'
import { isAtLeast, type Role } from '../../../src/contract.ts'
import type { texts } from '../../locales/en/settings.ts'
import '../../style/settings.css'
import { useChat, useTexts } from '../app-context.ts'
import { Button } from '../Button.tsx'
import { Dialog } from '../Dialog.tsx'
import { oneColumn } from '../media.ts'
import { Moderation, OwnData, Passkeys } from '../parts.ts'
import type { ModerationSection } from '../moderation/Moderation.tsx'
import { Devices } from './Devices.tsx'
import { Notifications } from './Notifications.tsx'
import { Profile } from './Profile.tsx'
import { SignOut } from './SignOut.tsx'

interface Section {
  id: string
  title: keyof typeof texts
  Shown: ComponentType<{ onClose: () => void }>
  /** Only for people of this role. */
  least?: Role
}
const moderation = (id: ModerationSection): Section => ({
  id,
  title: `moderation.${id}`,
  least: 'moderator',
  Shown: ({ onClose }) => <Moderation section={id} onClose={onClose} />
})
const SECTIONS: readonly Section[] = [
  { id: 'profile', title: 'profile.title', Shown: Profile },
  { id: 'passkeys', title: 'passkeys.title', Shown: Passkeys },
  { id: 'devices', title: 'devices.title', Shown: Devices },
  { id: 'alerts', title: 'alerts.title', Shown: Notifications },
  { id: 'data', title: 'data.title', Shown: OwnData },
  moderation('reports'),
  moderation('people'),
  moderation('rooms'),
  moderation('invitations'),
  moderation('audit')
]

/** All settings: a list of sections, and beside it the chosen one; on a phone in its place. */
export function Settings({ onClose }: { onClose: () => void }) {
  const t = useTexts<typeof texts>()
  const { role = 'visitor' } = useChat().me.value
  const sections = SECTIONS.filter(({ least }) => least === undefined || isAtLeast(role, least))
  const chosen = useSignal<string | null>(null)
  // A role may be taken away while its section is shown.
  const section = sections.find(({ id }) => id === chosen.value) ?? (oneColumn.value ? undefined : sections[0])
  const panel = useRef<HTMLElement>(null)
  const list = useRef<HTMLElement>(null)
  const id = section?.id
  const before = useRef(id)
  const Shown = section?.Shown

  // On a phone what was pressed goes away.
  useLayoutEffect(() => {
    if (before.current === id) return
    const left = before.current
    before.current = id
    if (!oneColumn.value) return
    if (id) panel.current?.focus()
    else list.current?.querySelector<HTMLElement>(`[data-section=${left}]`)?.focus()
  }, [id])

  return (
    <Dialog title={t('you.open')} wide onClose={onClose}>
      <div class="settings stack">
        {!(oneColumn.value && section) && (
          <nav ref={list} aria-label={t('settings.sections')}>
            {sections.map((one) => (
              <Fragment key={one.id}>
                {one.id === 'reports' && <p class="small">{t('moderation.title')}</p>}
                <button
                  type="button"
                  class="room-link"
                  data-section={one.id}
                  aria-current={one === section || undefined}
                  onClick={() => (chosen.value = one.id)}
                >
                  {t(one.title)}
                </button>
              </Fragment>
            ))}
            <hr />
            <SignOut />
          </nav>
        )}
        {section && Shown && (
          <section class="stack" ref={panel} tabIndex={-1} aria-labelledby="settings-title">
            {oneColumn.value && (
              <Button class="quiet back" text={t('settings.back')} onPress={() => (chosen.value = null)} />
            )}
            <h3 id="settings-title">{t(section.title)}</h3>
            <Shown key={section.id} onClose={onClose} />
          </section>
        )}
      </div>
    </Dialog>
  )
}
