import { useSignal } from '@preact/signals'
import type { ComponentType } from 'preact'
import { useEffect } from 'preact/hooks'
import type { LoadTexts } from '../state/i18n.ts'
import { useApp } from './app-context.ts'

/**
 * A component outside of the bundle: it loads when it is first shown, with its texts, which it reads by `useTexts<typeof texts>()`. When
 * they cannot be loaded, it says so and closes.
 */
export function lazy<Props extends { onClose(): void }>(
  load: () => Promise<ComponentType<Props>>,
  texts: LoadTexts
): ComponentType<Props> {
  let loaded: ComponentType<Props> | null = null
  return function Lazy(props: Props) {
    const { i18n, toasts } = useApp()
    const isLoaded = useSignal(loaded !== null)
    const { onClose } = props
    useEffect(() => {
      async function open() {
        ;[loaded] = await Promise.all([load(), i18n.add(texts)])
        isLoaded.value = true
      }
      if (!loaded)
        open().catch(() => {
          toasts.show(i18n.t('common.notLoaded'))
          onClose()
        })
    }, [i18n, isLoaded, onClose, toasts])
    const Loaded = isLoaded.value ? loaded : null
    return Loaded && <Loaded {...props} />
  }
}
