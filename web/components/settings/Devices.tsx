import type { Device } from '../../../src/contract.ts'
import type { texts } from '../../locales/en/settings.ts'
import { useSignal } from '@preact/signals'
import { useApp, useChat, useTexts } from '../app-context.ts'
import { LinkDevice } from '../parts.ts'
import { Answered, useAnswer, useOutcome } from './answer.tsx'
import { fromNow } from './from-now.ts'
import { Button } from '../Button.tsx'

/** Where the person is signed in. */
export function Devices() {
  const { i18n, session } = useApp()
  const { tools } = i18n
  const t = useTexts<typeof texts>()
  const { ask, me } = useChat()
  const isLinking = useSignal(false)
  /** Ending a device ends what browsers could sign in with as this person: this one sends its own again. */
  const stay = () => session.rename(me.value.name)
  const asked = useAnswer('device:list', {})
  const outcome = useOutcome()
  const nameOf = ({ device }: Device) => device || t('devices.unknown')

  async function end(device: Device) {
    const reply = await ask('device:end', { device: device.id })
    if (!reply.ok) return outcome.refused(reply.reason)
    void stay()
    outcome.say(t('devices.ended', { device: nameOf(device) }))
    asked.reload()
  }

  async function endOthers() {
    const reply = await ask('device:end-others', {})
    if (!reply.ok) return outcome.refused(reply.reason)
    void stay()
    outcome.say(t('devices.endedOthers', { n: reply.value.ended }))
    asked.reload()
  }

  return (
    <>
      <p class="lead">{t('devices.lead')}</p>
      <Button text={t('devices.link')} onPress={() => (isLinking.value = true)} />
      {isLinking.value && (
        <LinkDevice
          onClose={() => {
            isLinking.value = false
            asked.reload()
          }}
        />
      )}
      {outcome.line}
      <Answered asked={asked}>
        {({ devices }) => (
          <>
            <ul class="entries">
              {devices.map((device) => {
                const when = fromNow(tools.value.near, device.current ? Date.now() : device.seenAt)
                return (
                  <li key={device.id}>
                    <span>
                      <strong>{nameOf(device)}</strong>{' '}
                      {device.current && <span class="tag">{t('devices.current')}</span>}
                      <small>{t('devices.used', { when, region: device.region })}</small>
                    </span>
                    {!device.current && (
                      <Button
                        aria-label={t('devices.endOf', { device: nameOf(device), when })}
                        onPress={() => end(device)}
                        text={t('devices.end')}
                      />
                    )}
                  </li>
                )
              })}
            </ul>
            {devices.length > 1 && <Button text={t('devices.endOthers')} onPress={endOthers} />}
          </>
        )}
      </Answered>
    </>
  )
}
