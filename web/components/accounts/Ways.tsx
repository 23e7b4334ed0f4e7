import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import type { InvitedAnswer } from '../../../src/contract/accounts.ts'
import type { texts } from '../../locales/en/accounts.ts'
import { deviceLink, goToProvider, passkeys, takeLeftFrom, ways, type Outcome } from '../../state/ceremonies.ts'
import type { EntryLink } from '../../state/entry-link.ts'
import { useApp, useTexts } from '../app-context.ts'
import { Button } from '../Button.tsx'
import { SignInCard } from '../SignInCard.tsx'
import { useFailureText } from './failure.ts'

/** The ways to be the same person again, and the link that another device has made. */
export function Ways({ link, onClose }: { link: EntryLink; onClose: () => void }) {
  const { session } = useApp()
  const t = useTexts<typeof texts>()
  const textOf = useFailureText()
  const provider = useSignal<string | null>(null)
  const failure = useSignal(link.kind === 'failed' ? link.code : null)
  const isBusy = useSignal(false)
  const isOfLink = ['device', 'provider'].includes(link.kind)
  /** The link was tried in vain. */
  const isOver = useSignal(false)

  useEffect(() => {
    void ways().then((reply) => {
      if (reply.ok) provider.value = reply.value.oidc
    })
  }, [provider])

  /** Perhaps back to the invitation that led here. */
  function close() {
    if (isOfLink) history.replaceState(null, '', location.pathname)
    onClose()
    dispatchEvent(new Event('hashchange'))
  }

  async function come(way: () => Promise<Outcome<InvitedAnswer>>) {
    if (isBusy.value) return
    isBusy.value = true
    failure.value = null
    const result = await way()
    isBusy.value = false
    if (!result.ok) {
      failure.value = result.reason
      isOver.value = result.reason === 'expired'
      return
    }
    const { room, ...answer } = result.value
    session.enter(answer)
    close()
    if (room !== undefined) history.replaceState(null, '', `#/${room}`)
  }
  const useLink = () => void come(() => deviceLink.use(link.code))

  // This tab has left for the provider, and is back.
  const arrive = useRef(() => {
    const from = takeLeftFrom()
    if (location.hash.startsWith('#failed')) history.replaceState(null, '', from || location.pathname)
    if (link.kind === 'provider' && from !== null) useLink()
  })
  useEffect(() => arrive.current(), [])

  const isLink = isOfLink && !isOver.value
  const lead = link.kind === 'provider' ? 'ways.providerLead' : 'ways.deviceLead'
  return (
    <SignInCard small={t('signIn.honest')}>
      <section class="stack">
        <h1>{t(isLink ? 'ways.deviceTitle' : 'ways.title')}</h1>
        <p class="lead">{t(isLink ? lead : 'ways.lead')}</p>
        {failure.value !== null && (
          <p class="refused" role="alert">
            {textOf(failure.value)}
          </p>
        )}
        {isLink ? (
          <Button class="primary wide" text={t(isBusy.value ? 'signIn.entering' : 'ways.deviceGo')} onPress={useLink} />
        ) : (
          <>
            <Button
              class="primary wide"
              text={t(isBusy.value ? 'signIn.entering' : 'ways.passkey')}
              onPress={() => come(passkeys.signIn)}
            />
            {provider.value !== null && (
              <Button class="wide" onPress={() => come(() => goToProvider())}>
                <bdi>{t('ways.provider', { name: provider.value })}</bdi>
              </Button>
            )}
            <p class="lead">{t('ways.device')}</p>
          </>
        )}
        <Button class="quiet wide" text={t('ways.back')} onPress={close} />
      </section>
    </SignInCard>
  )
}
