import type { ComponentChildren } from 'preact'
import { useTexts } from './app-context.ts'
import { Button } from './Button.tsx'
import { Dialog } from './Dialog.tsx'

interface ConfirmProps {
  title: string
  /** The text of the button that does it. */
  action: string
  onConfirm: () => unknown
  onClose: () => void
  children: ComponentChildren
}

/** Asks before something that cannot be undone. */
export function Confirm({ title, action, onConfirm, onClose, children }: ConfirmProps) {
  const t = useTexts()
  return (
    <Dialog title={title} onClose={onClose}>
      {children}
      <div class="dialog-actions">
        <Button text={t('common.cancel')} onPress={onClose} />
        <Button class="danger" text={action} onPress={onConfirm} />
      </div>
    </Dialog>
  )
}
