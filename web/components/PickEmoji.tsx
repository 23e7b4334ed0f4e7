import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { loadEmoji, type EmojiSet } from '../emoji/emoji.ts'
import { useApp } from './app-context.ts'
import '../style/emoji.css'
import { EmojiPicker } from './EmojiPicker.tsx'

interface PickEmojiProps {
  /** Called once the dialog has closed, so that this may move the focus. */
  onPick(emoji: string): void
  onClose(): void
}

/** The emoji picker. The names of the emoji load when it is opened. */
export function PickEmoji({ onPick, onClose }: PickEmojiProps) {
  const { i18n, toasts } = useApp()
  const language = i18n.language.value
  const set = useSignal<EmojiSet | null>(null)
  const picked = useRef<string | null>(null)
  const then = useRef(onPick)

  useEffect(() => {
    async function load() {
      set.value = await loadEmoji(language)
    }
    load().catch(() => {
      toasts.show(i18n.t('common.notLoaded'))
      onClose()
    })
  }, [i18n, language, onClose, set, toasts])

  useEffect(
    () => () => {
      const emoji = picked.current
      if (emoji !== null) queueMicrotask(() => then.current(emoji))
    },
    []
  )

  function pick(emoji: string) {
    picked.current = emoji
    onClose()
  }

  return set.value && <EmojiPicker set={set.value} onPick={pick} onClose={onClose} />
}
