import { useSignal } from '@preact/signals'
import type { texts } from '../../locales/en/accounts.ts'
import { ownData, type Leaving } from '../../state/ceremonies.ts'
import '../../style/accounts.css'
import { useApp, useTexts } from '../app-context.ts'
import { Button } from '../Button.tsx'
import { Confirm } from '../Confirm.tsx'
import { useOutcome } from '../settings/answer.tsx'
import { useFailureText } from './failure.ts'

const WAYS: readonly Leaving[] = ['keep', 'erase']

/** What belongs to the person: to download it, and to leave for good. */
export function OwnData() {
  const app = useApp()
  const t = useTexts<typeof texts>()
  const textOf = useFailureText()
  const outcome = useOutcome()
  const isBusy = useSignal(false)
  const isLeaving = useSignal(false)
  const way = useSignal<Leaving>('keep')

  async function work(perform: (token: string) => Promise<string | undefined>) {
    const token = await app.session.token()
    if (isBusy.value) return
    isBusy.value = true
    outcome.say(t('data.working'))
    const failure = await (token ? perform(token) : 'unavailable')
    isBusy.value = false
    outcome.say(failure === undefined ? '' : textOf(failure))
  }

  const download = (token: string) => ownData.download(token, 'taifas.json')

  async function leave(token: string) {
    isLeaving.value = false
    const failure = await ownData.leave(token, way.value)
    if (failure === undefined) await app.signOut()
    return failure
  }

  return (
    <>
      <p class="lead">{t('data.lead')}</p>
      <Button text={t('data.download')} aria-disabled={isBusy.value} onPress={() => work(download)} />
      {outcome.line}
      <hr />
      <p class="lead">{t('data.leaveLead')}</p>
      <Button
        class="danger"
        text={t('data.leave')}
        aria-disabled={isBusy.value}
        onPress={() => (isLeaving.value = true)}
      />
      {isLeaving.value && (
        <Confirm
          title={t('data.leaveTitle')}
          action={t('data.leave')}
          onConfirm={() => work(leave)}
          onClose={() => (isLeaving.value = false)}
        >
          <p class="lead">{t('data.leaveWarning')}</p>
          <fieldset class="leaving">
            <legend>{t('data.messages')}</legend>
            {WAYS.map((one) => (
              <label key={one} class="tick">
                <input type="radio" name="leaving" checked={way.value === one} onChange={() => (way.value = one)} />
                {t(`data.${one}`)}
              </label>
            ))}
          </fieldset>
        </Confirm>
      )}
    </>
  )
}
