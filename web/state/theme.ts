// Light, dark, or as the device says. The chosen one is also read by public/theme.js before the first paint.
import { effect, signal } from '@preact/signals'

export const themes = ['auto', 'light', 'dark'] as const
export type Theme = (typeof themes)[number]

export const THEME_KEY = 'taifas:theme'

/** `wear` puts the theme on; called at once and at every change. */
export function keepTheme(storage: Storage, wear: (theme: Theme) => void) {
  const stored = storage.getItem(THEME_KEY)
  const theme = signal<Theme>(themes.find((theme) => theme === stored) ?? 'auto')
  effect(() => wear(theme.value))
  return {
    theme,
    choose(next: Theme) {
      theme.value = next
      storage.setItem(THEME_KEY, next)
    }
  }
}
