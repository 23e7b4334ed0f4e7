import { useSignal } from '@preact/signals'
import { useCallback, useEffect } from 'preact/hooks'
import '../../style/settings.css'
import type { CardPerson } from '../../state/chat.ts'
import { useChat } from '../app-context.ts'
import { Button } from '../Button.tsx'
import { Dialog } from '../Dialog.tsx'
import { useAnswer, useOutcome } from '../settings/answer.tsx'
import { useRoomTexts } from './texts.ts'

/** What one person can do with another: write to them, or block them. */
export function PersonCard({ person, onClose }: { person: CardPerson; onClose: () => void }) {
  const t = useRoomTexts()
  const { ask, rooms } = useChat()
  const outcome = useOutcome()
  const id = useSignal(person.id)
  const isUnknown = useSignal(false)
  const blocked = useAnswer('person:blocked', {})
  const list = blocked.answer.value?.ok ? blocked.answer.value.value.people : null
  const isBlocked = list?.some((one) => one.id === id.value) ?? false

  /** The people of a room are known by a key; the server finds who it is. Returns why it did not answer. */
  const find = useCallback(async () => {
    if (id.value !== undefined) return undefined
    const reply = await ask('people:search', { text: person.name })
    if (!reply.ok) return reply.reason
    id.value = reply.value.people.find(({ key }) => key === person.key)?.id
    isUnknown.value = id.value === undefined
    return undefined
  }, [ask, id, isUnknown, person])
  useEffect(() => void find(), [find])

  async function write() {
    const refusal = await find()
    if (refusal) return outcome.refused(refusal)
    if (id.value === undefined) return
    const reply = await ask('direct:open', { people: [id.value] })
    if (!reply.ok) return outcome.refused(reply.reason)
    rooms.added(reply.value)
    onClose()
    location.hash = `#/${reply.value.id}`
  }

  async function block(on: boolean) {
    const refusal = await find()
    if (refusal) return outcome.refused(refusal)
    if (id.value === undefined) return
    const reply = await ask('person:block', { person: id.value, on })
    if (!reply.ok) return outcome.refused(reply.reason)
    blocked.reload()
    outcome.say(t(on ? 'person.blocked' : 'person.unblocked'))
  }

  return (
    <Dialog title={person.name} onClose={onClose}>
      {isUnknown.value ? (
        <p class="lead">{t('person.unknown')}</p>
      ) : (
        <>
          <Button class="primary wide" text={t('person.write')} autofocus onPress={write} />
          <Button
            class="wide"
            text={t(isBlocked ? 'person.unblock' : 'person.block')}
            onPress={() => block(!isBlocked)}
          />
          <p class="small">{t('person.blockHint')}</p>
        </>
      )}
      {outcome.line}
    </Dialog>
  )
}
