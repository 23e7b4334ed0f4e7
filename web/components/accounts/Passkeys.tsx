import { useSignal } from '@preact/signals'
import { useCallback, useEffect } from 'preact/hooks'
import type { Reply } from '../../../src/contract.ts'
import type { PasskeySummary } from '../../../src/contract/accounts.ts'
import type { texts } from '../../locales/en/accounts.ts'
import { goToProvider, passkeys, ways, withToken, type Outcome } from '../../state/ceremonies.ts'
import { useApp, useTexts } from '../app-context.ts'
import { Button } from '../Button.tsx'
import { Confirm } from '../Confirm.tsx'
import { Dialog } from '../Dialog.tsx'
import { NameForm } from '../NameForm.tsx'
import { Answered, useOutcome } from '../settings/answer.tsx'
import { fromNow } from '../settings/from-now.ts'
import { useFailureText } from './failure.ts'

/** "Keep this name": the passkeys of the person, and the provider. */
export function Passkeys() {
  const { i18n, session } = useApp()
  const { near } = i18n.tools.value
  const t = useTexts<typeof texts>()
  const textOf = useFailureText()
  const outcome = useOutcome()
  const answer = useSignal<Reply<{ passkeys: PasskeySummary[] }> | null>(null)
  const provider = useSignal<string | null>(null)
  const asking = useSignal<{ passkey: PasskeySummary; what: 'rename' | 'remove' } | null>(null)
  const nameOf = ({ name }: PasskeySummary) => name || t('passkeys.unnamed')

  const perform = useCallback(
    async <T,>(work: (token: string) => Promise<Outcome<T>>) => withToken(await session.token(), work),
    [session]
  )
  const load = useCallback(async () => {
    const reply = await perform(passkeys.list)
    if (reply.ok || !answer.peek()?.ok) answer.value = reply as Reply<{ passkeys: PasskeySummary[] }>
  }, [answer, perform])
  useEffect(() => {
    void load()
    void ways().then((reply) => {
      if (reply.ok) provider.value = reply.value.oidc
    })
  }, [load, provider])

  async function change<T>(work: (token: string) => Promise<Outcome<T>>, done: string) {
    asking.value = null
    const reply = await perform(work)
    outcome.say(reply.ok ? done : textOf(reply.reason))
    await load()
  }

  const asked = asking.value
  const reply = answer.value
  if (!reply?.ok) return <Answered asked={{ answer, reload: () => void load() }}>{() => null}</Answered>
  const all = reply.value.passkeys
  return (
    <>
      <p class="lead">{t(all.length === 0 ? 'passkeys.none' : 'passkeys.lead')}</p>
      {outcome.line}
      <ul class="entries">
        {all.map((passkey) => (
          <li key={passkey.id}>
            <span>
              <strong>{nameOf(passkey)}</strong>
              <small>
                {t(passkey.usedAt === null ? 'passkeys.unused' : 'passkeys.used', {
                  when: fromNow(near, passkey.createdAt),
                  used: fromNow(near, passkey.usedAt ?? 0)
                })}
              </small>
            </span>
            <span class="entry-actions">
              {(['rename', 'remove'] as const).map((what) => (
                <Button
                  key={what}
                  aria-label={t(`passkeys.${what}Of`, { name: nameOf(passkey) })}
                  onPress={() => (asking.value = { passkey, what })}
                  text={t(`passkeys.${what}`)}
                />
              ))}
            </span>
          </li>
        ))}
      </ul>
      <Button
        class="primary"
        text={t(all.length === 0 ? 'passkeys.add' : 'passkeys.another')}
        onPress={() => change(passkeys.add, t('passkeys.added'))}
      />
      {provider.value !== null && (
        <Button onPress={() => change(goToProvider, '')}>
          <bdi>{t('passkeys.connect', { name: provider.value })}</bdi>
        </Button>
      )}
      {asked?.what === 'rename' && (
        <Dialog title={t('passkeys.rename')} onClose={() => (asking.value = null)}>
          <NameForm
            name={asked.passkey.name}
            label={t('passkeys.name')}
            go={t('common.save')}
            submit={async (name) => {
              await change((token) => passkeys.rename(token, asked.passkey.id, name), '')
              return { ok: true }
            }}
          />
        </Dialog>
      )}
      {asked?.what === 'remove' && (
        <Confirm
          title={t('passkeys.removeTitle')}
          action={t('passkeys.remove')}
          onConfirm={() => change((token) => passkeys.remove(token, asked.passkey.id), t('passkeys.removed'))}
          onClose={() => (asking.value = null)}
        >
          <p class="lead">{t('passkeys.removeLead')}</p>
          {all.length === 1 && <p class="lead">{t('passkeys.lastLead')}</p>}
        </Confirm>
      )}
    </>
  )
}
