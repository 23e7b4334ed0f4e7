import { useEffect, useRef } from 'preact/hooks'
import { sentence, useApp } from './app-context.ts'
import { Avatar } from './Avatar.tsx'
import { Mark } from './Mark.tsx'
import { NameForm } from './NameForm.tsx'
import { Preferences } from './Preferences.tsx'

/** Signs in with a name. A new tab of a known browser offers to continue as the same person. */
export function SignIn() {
  const app = useApp()
  const { session, i18n, shut } = app
  const t = i18n.t
  const offered = session.offered.value
  const go = useRef<HTMLButtonElement>(null)
  useEffect(() => go.current?.focus(), [offered])

  return (
    <main class="sign-in" tabIndex={-1}>
      <div class="sign-in-card">
        <p class="brand">
          <Mark />
          <span translate={false}>Taifas</span>
        </p>
        {shut.value ? (
          <section>
            <p class="lead" role="alert">
              {sentence(app, 'unavailable')}
            </p>
            <button type="button" class="button primary wide" onClick={() => location.reload()}>
              {t('link.reload')}
            </button>
          </section>
        ) : !session.settled.value || session.person.value ? (
          <p class="lead late">{t('signIn.entering')}</p>
        ) : offered ? (
          <section>
            <h1>{t('signIn.back')}</h1>
            <p class="lead">{t('signIn.backLead')}</p>
            <button ref={go} type="button" class="button primary wide" onClick={session.proceed}>
              <Avatar name={offered.name} person={offered.key} />
              <span dir="auto">{t('signIn.continue', { name: offered.name })}</span>
            </button>
            <button type="button" class="button quiet wide" onClick={session.someoneElse}>
              {t('signIn.other')}
            </button>
          </section>
        ) : (
          <section>
            <h1>{t('signIn.title')}</h1>
            <p class="lead">{session.ended.value ? t('signIn.ended') : t('signIn.lead')}</p>
            <NameForm
              name={session.lastName.value}
              label={t('signIn.name')}
              go={t('signIn.enter')}
              submit={session.signIn}
            />
          </section>
        )}
        <p class="small">{t('signIn.honest')}</p>
      </div>
      <Preferences />
    </main>
  )
}
