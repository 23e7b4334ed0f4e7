import { useApp } from './app-context.ts'
import { CROSS, Drawing } from './Drawing.tsx'

/** Short notices about what just failed or changed. */
export function Toasts() {
  const { toasts, i18n } = useApp()
  return (
    <div class="toasts stack" role="alert">
      {toasts.toasts.value.map(({ key, text }) => (
        <p key={key} class="toast">
          <span>{text}</span>
          <button
            type="button"
            class="icon-button"
            onClick={() => toasts.dismiss(key)}
            aria-label={i18n.t('common.close')}
          >
            <Drawing d={CROSS} />
          </button>
        </p>
      ))}
    </div>
  )
}
