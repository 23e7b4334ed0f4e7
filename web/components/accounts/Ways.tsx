import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import type { SessionAnswer } from '../../../src/contract.ts'
import type { texts } from '../../locales/en/accounts.ts'
import { deviceLink, goToProvider, passkeys, ways, type Outcome } from '../../state/ceremonies.ts'
import type { EntryLink } from '../../state/entry-link.ts'
import { useApp, useTexts } from '../app-context.ts'
import { SignInCard } from '../SignInCard.tsx'
import { useFailureText } from './failure.ts'

/** The ways to be the same person again, and the link that another device has made. */
export function Ways({ link, onClose }: { link: EntryLink; onClose: () => void }) {
  const { session } = useApp()
  const t = useTexts<typeof texts>()
  const textOf = useFailureText()
  const provider = useSignal<string | null>(null)
  const failure = useSignal(link.kind === 'failed' ? link.code : '')
  const isBusy = useSignal(false)
  /** The link was tried in vain. */
  const isOver = useSignal(false)

  useEffect(() => {
    void ways().then((reply) => {
      if (reply.ok) provider.value = reply.value.oidc
    })
  }, [provider])

  function close() {
    if (location.hash !== '' && link.code !== '') history.replaceState(null, '', location.pathname)
    onClose()
    // Back to the invitation that led here.
    if (link.code === '') dispatchEvent(new Event('hashchange'))
  }

  async function come(way: () => Promise<Outcome<SessionAnswer>>) {
    if (isBusy.value) return
    isBusy.value = true
    failure.value = ''
    const result = await way()
    isBusy.value = false
    if (!result.ok) {
      failure.value = result.reason
      isOver.value = result.reason === 'expired'
      return
    }
    session.enter(result.value)
    close()
  }

  const isLink = ['device', 'provider'].includes(link.kind) && !isOver.value
  const lead = link.kind === 'provider' ? 'ways.providerLead' : 'ways.deviceLead'
  return (
    <SignInCard small={t('signIn.honest')}>
      <section>
        <h1>{t(isLink ? 'ways.deviceTitle' : 'ways.title')}</h1>
        <p class="lead">{t(isLink ? lead : 'ways.lead')}</p>
        {failure.value && (
          <p class="refused" role="alert">
            {textOf(failure.value)}
          </p>
        )}
        {isLink ? (
          <button type="button" class="button primary wide" onClick={() => void come(() => deviceLink.use(link.code))}>
            {t(isBusy.value ? 'signIn.entering' : 'ways.deviceGo')}
          </button>
        ) : (
          <>
            <button type="button" class="button primary wide" onClick={() => void come(passkeys.signIn)}>
              {t(isBusy.value ? 'signIn.entering' : 'ways.passkey')}
            </button>
            {provider.value !== null && (
              <button type="button" class="button wide" onClick={() => void come(() => goToProvider())}>
                <bdi>{t('ways.provider', { name: provider.value })}</bdi>
              </button>
            )}
            <p class="lead">{t('ways.device')}</p>
          </>
        )}
        <button type="button" class="button quiet wide" onClick={close}>
          {t('ways.back')}
        </button>
      </section>
    </SignInCard>
  )
}
