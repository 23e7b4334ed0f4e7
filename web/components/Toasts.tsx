import { useApp } from './app-context.ts'
import { Icon } from './Icon.tsx'

/** Short notices about what just failed or changed. */
export function Toasts() {
  const { toasts, i18n } = useApp()
  return (
    <div class="toasts" role="alert">
      {toasts.toasts.value.map(({ key, text }) => (
        <p key={key} class="toast">
          <span>{text}</span>
          <button
            type="button"
            class="icon-button"
            onClick={() => toasts.dismiss(key)}
            aria-label={i18n.t('common.close')}
          >
            <Icon name="close" />
          </button>
        </p>
      ))}
    </div>
  )
}
