import { useSignal } from '@preact/signals'
import { useCallback, useEffect } from 'preact/hooks'
import type { InvitationPreview, Reply, Refusal } from '../../src/contract.ts'
import { request } from '../engine/session-client.ts'
import type { texts } from '../locales/en/entry.ts'
import type { EntryLink } from '../state/entry-link.ts'
import { roomTitle, sentence, useApp, useTexts } from './app-context.ts'
import { Button } from './Button.tsx'
import { ContinueAs } from './ContinueAs.tsx'
import { NameForm } from './NameForm.tsx'
import { OtherWays } from './OtherWays.tsx'
import { SignInCard } from './SignInCard.tsx'

/** An invitation shows who invites and where to, and leads in; the owner link says what it means to own the chat. */
export function EntryPage({ link, onClose }: { link: EntryLink; onClose: () => void }) {
  const app = useApp()
  const { session } = app
  const t = useTexts<typeof texts>()
  const preview = useSignal<Reply<InvitationPreview> | null>(null)
  const refused = useSignal<Refusal | null>(null)
  const { kind, code } = link
  const known = session.person.value ?? session.offered.value

  const look = useCallback(async () => {
    if (kind === 'invitation')
      preview.value = await request<InvitationPreview>(fetch, 'POST', '/api/invitations/preview', { body: { code } })
  }, [kind, code, preview])
  useEffect(() => void look(), [look])

  function done(room?: string) {
    history.replaceState(null, '', room === undefined ? location.pathname : `#/${room}`)
    onClose()
  }

  async function accept(name?: string) {
    const result = await (name === undefined
      ? session.accept({ [kind]: code })
      : session.signIn(name, { [kind]: code }))
    if (result.ok) done(preview.value?.ok ? preview.value.value.room?.id : undefined)
    // Somebody else may have taken the last place meanwhile.
    else if (result.reason === 'invitation-over') preview.value = result
    else refused.value = result
    return result
  }

  const reply = preview.value
  const isOver = reply?.ok === false && reply.reason === 'invitation-over'
  if (kind === 'invitation' && !reply)
    return (
      <SignInCard small={t('signIn.honest')}>
        <p class="lead late">{t('signIn.entering')}</p>
      </SignInCard>
    )
  if (reply?.ok === false)
    return (
      <SignInCard small={t('signIn.honest')}>
        <section class="stack">
          <h1>{t(isOver ? 'entry.overTitle' : 'entry.title')}</h1>
          <p class="lead" role="alert">
            {sentence(app, reply.reason)}
          </p>
          {!isOver && <Button class="primary wide" text={t('entry.again')} onPress={look} />}
          <Button class="quiet wide" text={t('entry.without')} onPress={() => done()} />
        </section>
      </SignInCard>
    )

  const invitation = reply?.value
  const room = invitation?.room
  return (
    <SignInCard small={`${t('signIn.honest')} ${invitation ? t('entry.asMember') : ''}`}>
      <section class="stack">
        <h1>{t(invitation ? 'entry.title' : 'entry.ownerTitle')}</h1>
        <p class="lead">
          {!invitation
            ? t('entry.ownerLead')
            : room
              ? t('entry.leadRoom', { by: invitation.by, room: roomTitle(app, room) })
              : t('entry.lead', { by: invitation.by })}
        </p>
        {known ? (
          <>
            <ContinueAs person={known} onClick={() => void accept()} />
            <p class="refused" role="alert">
              {refused.value && sentence(app, refused.value.reason)}
            </p>
            {!session.person.value && (
              <Button class="quiet wide" text={t('signIn.other')} onPress={session.someoneElse} />
            )}
          </>
        ) : (
          <>
            <NameForm
              name={session.lastName.value}
              label={t('signIn.name')}
              go={t('signIn.enter')}
              submit={accept}
              ifMine={t('signIn.ifMine')}
            />
            <OtherWays />
          </>
        )}
      </section>
    </SignInCard>
  )
}
