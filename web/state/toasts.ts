// Short sentences about what just failed or changed, gone by themselves.
import { signal } from '@preact/signals'

export interface Toast {
  key: number
  text: string
}

export const TOAST_SHOWN_MS = 7_000

export function keepToasts() {
  const toasts = signal<readonly Toast[]>([])
  let made = 0
  function dismiss(key: number) {
    toasts.value = toasts.value.filter((toast) => toast.key !== key)
  }
  return {
    toasts,
    dismiss,
    show(text: string) {
      const key = ++made
      toasts.value = [...toasts.value.filter((toast) => toast.text !== text), { key, text }]
      setTimeout(() => dismiss(key), TOAST_SHOWN_MS)
    }
  }
}
