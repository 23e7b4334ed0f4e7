import type { ComponentChildren } from 'preact'
import { useTexts } from './app-context.ts'
import { Button } from './Button.tsx'
import { Dialog } from './Dialog.tsx'
import { Form } from './forms/Form.tsx'

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
      <Form class="confirm stack" onSubmit={onConfirm}>
        {children}
        <div class="dialog-actions">
          <Button text={t('common.cancel')} onPress={onClose} />
          <Button type="submit" class="danger" text={action} />
        </div>
      </Form>
    </Dialog>
  )
}
