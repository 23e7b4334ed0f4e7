import { COLORS } from '../../../src/contract.ts'
import type { texts } from '../../locales/en/settings.ts'
import { useApp, useChat, useTexts } from '../app-context.ts'
import { Avatar, toneOf } from '../Avatar.tsx'
import { NameForm } from '../NameForm.tsx'
import { Preferences } from '../Preferences.tsx'
import { useOutcome } from './answer.tsx'

/** Name, color, language and appearance. */
export function Profile({ onClose }: { onClose: () => void }) {
  const app = useApp()
  const { session, toasts } = app
  const t = useTexts<typeof texts>()
  const { role = 'visitor', name, key } = useChat().me.value

  async function rename(name: string) {
    const result = await app.rename(name)
    if (!result.ok) return result
    toasts.show(t('profile.renamed', { name: session.person.value?.name ?? name }))
    onClose()
    return result
  }

  return (
    <>
      <p class="who">
        <Avatar name={name} person={key} />
        <bdi>{name}</bdi>
        {role !== 'visitor' && <span class="tag">{t(`role.${role}`)}</span>}
      </p>
      <NameForm name={name} label={t('signIn.name')} go={t('profile.rename')} submit={rename} />
      <Colors />
      <hr />
      <Preferences />
    </>
  )
}

/** The circle beside the name, in all colors. */
function Colors() {
  const { ask, me, colorOf } = useChat()
  const t = useTexts<typeof texts>()
  const outcome = useOutcome()
  const { key, name } = me.value
  const mine = colorOf(key) ?? toneOf(key)

  async function choose(color: number) {
    const reply = await ask('profile:set', { color })
    if (reply.ok) outcome.say('')
    else outcome.refused(reply.reason)
  }

  return (
    <fieldset class="colors">
      <legend>{t('profile.color')}</legend>
      {Array.from({ length: COLORS }, (_, color) => (
        <label key={color} title={t(`color.${color}` as keyof typeof texts)}>
          <input type="radio" name="color" checked={color === mine} onChange={() => void choose(color)} />
          <Avatar name={name} person={key} color={color} />
          <span class="unseen">{t(`color.${color}` as keyof typeof texts)}</span>
        </label>
      ))}
      {outcome.line}
    </fieldset>
  )
}
