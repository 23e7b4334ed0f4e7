import { useApp } from './app-context.ts'
import { Button } from './Button.tsx'

/** To come in besides with a name: at the OpenID provider, or as somebody who was here before. */
export function OtherWays() {
  const app = useApp()
  const { t } = app.i18n
  const provider = app.session.provider.value

  async function goThere() {
    const begun = await import('../state/ceremonies.ts').then(({ goToProvider }) => goToProvider(), unavailable)
    if (!begun.ok) app.entryLink.value = { kind: 'failed', code: begun.reason }
  }

  return (
    <>
      {provider !== null && (
        <Button class="wide" onPress={goThere}>
          <bdi>{t('signIn.provider', { name: provider })}</bdi>
        </Button>
      )}
      <Button
        class="quiet wide"
        text={t('signIn.ways')}
        onPress={() => (app.entryLink.value = { kind: 'ways', code: '' })}
      />
    </>
  )
}

const unavailable = () => ({ ok: false, reason: 'unavailable' }) as const
