import type { Message } from '../../../src/contract.ts'
import type { OpenRoom } from '../../engine/room-sync.ts'
import '../../style/mentions.css'
import { useApp } from '../app-context.ts'
import { Dialog } from '../Dialog.tsx'
import { Answered, useAnswer } from '../settings/answer.tsx'
import { useRoomTexts } from './texts.ts'

/** The texts of a message before its edits, the last text first. */
export function History({ room, message, onClose }: { room: OpenRoom; message: Message; onClose: () => void }) {
  const { moment } = useApp().i18n.tools.value
  const t = useRoomTexts()
  const former = useAnswer('message:history', { room: room.id, message: message.id })
  return (
    <Dialog title={t('history.title')} onClose={onClose}>
      <p class="lead">{t('history.lead')}</p>
      <Answered asked={former}>
        {({ texts }) =>
          texts.length === 0 ? (
            <output class="small">{t('history.none')}</output>
          ) : (
            <ol class="history">
              {texts.toReversed().map(({ text, at }) => (
                <li key={at}>
                  <small>
                    <time dateTime={new Date(at).toISOString()}>{moment.format(at)}</time>
                  </small>
                  <blockquote class="quoted" dir="auto">
                    {text}
                  </blockquote>
                </li>
              ))}
            </ol>
          )
        }
      </Answered>
    </Dialog>
  )
}
