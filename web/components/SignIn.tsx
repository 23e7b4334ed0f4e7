import { sentence, useApp } from './app-context.ts'
import { Button } from './Button.tsx'
import { ContinueAs } from './ContinueAs.tsx'
import { NameForm } from './NameForm.tsx'
import { OtherWays } from './OtherWays.tsx'
import { BanNote } from './parts-before-chat.ts'
import { SignInCard } from './SignInCard.tsx'

/** Signs in with a name. A new tab of a known browser offers to continue as the same person. */
export function SignIn() {
  const app = useApp()
  const { session, i18n, shut } = app
  const t = i18n.t
  const banned = session.banned.value
  const offered = session.offered.value

  return (
    <SignInCard small={t('signIn.honest')}>
      {shut.value ? (
        <section class="stack">
          <p class="lead" role="alert">
            {sentence(app, 'unavailable')}
          </p>
          <Button class="primary wide" text={t('link.reload')} onPress={() => location.reload()} />
        </section>
      ) : !session.settled.value || session.person.value ? (
        <p class="lead late">{t('signIn.entering')}</p>
      ) : offered ? (
        <section class="stack">
          <h1>{t('signIn.back')}</h1>
          <p class="lead">{t('signIn.backLead')}</p>
          <ContinueAs person={offered} onClick={session.proceed} />
          <Button class="quiet wide" text={t('signIn.other')} onPress={session.someoneElse} />
        </section>
      ) : (
        <section class="stack">
          {banned ? (
            <BanNote ban={banned} onClose={ignore} />
          ) : (
            <>
              <h1>{t('signIn.title')}</h1>
              <p class="lead">
                {t(
                  session.ended.value ? 'signIn.ended' : session.inviteOnly.value ? 'signIn.inviteOnly' : 'signIn.lead'
                )}
              </p>
            </>
          )}
          <NameForm
            name={session.lastName.value}
            label={t('signIn.name')}
            go={t('signIn.enter')}
            submit={(name) => session.signIn(name)}
            ifMine={t('signIn.ifMine')}
          />
          <OtherWays />
        </section>
      )}
    </SignInCard>
  )
}

/** The note stays. */
const ignore = () => {}
