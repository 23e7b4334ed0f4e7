import type { Invitation } from '../../../src/contract.ts'
import { titleOf } from '../../state/room-order.ts'
import { useApp, useChat } from '../app-context.ts'
import { copied } from '../clipboard.ts'
import { Answered, useAnswer, useOutcome } from '../settings/answer.tsx'
import { fromNow } from '../settings/from-now.ts'
import { InvitationForm } from './InvitationForm.tsx'
import { useModerationTexts } from './texts.ts'
import { Button } from '../Button.tsx'

const linkOf = ({ code }: Invitation) => `${location.origin}${location.pathname}#invitation=${code}`

/** Invitations that are open, and a new one: into the chat, or into one private room. */
export function Invitations({ room: only }: { room?: string; onClose?: () => void }) {
  const within = only === undefined ? {} : { room: only }
  const app = useApp()
  const { tools } = app.i18n
  const t = useModerationTexts()
  const chat = useChat()
  const asked = useAnswer('invitation:list', within)
  const outcome = useOutcome()

  async function withdraw(invitation: Invitation) {
    const reply = await chat.ask('invitation:withdraw', { invitation: invitation.id })
    if (!reply.ok) return outcome.refused(reply.reason)
    outcome.say(t('invite.withdrawn'))
    asked.reload()
  }

  async function copy(invitation: Invitation) {
    outcome.say(t((await copied(linkOf(invitation))) ? 'message.copied' : 'message.notCopied'))
  }

  async function created(invitation: Invitation) {
    outcome.say(t((await copied(linkOf(invitation))) ? 'invite.created' : 'invite.createdOnly'))
    asked.reload()
  }

  const placeOf = ({ room }: Invitation) => (room === undefined ? t('invite.anyRoom') : titleOf(app, chat, room))

  return (
    <>
      <p class="lead">{t(only === undefined ? 'invite.lead' : 'invite.roomLead')}</p>
      <InvitationForm {...within} onCreated={(invitation) => void created(invitation)} />
      {outcome.line}
      <Answered asked={asked}>
        {({ invitations }) =>
          invitations.length === 0 ? (
            <p class="lead">{t('invite.none')}</p>
          ) : (
            <ul class="entries">
              {invitations.map((invitation) => (
                <li key={invitation.id}>
                  <span>
                    {only === undefined && <bdi>{t('invite.to', { room: placeOf(invitation) })}</bdi>}
                    <small>
                      {t('invite.used', {
                        used: invitation.used,
                        uses: invitation.uses,
                        when: fromNow(tools.value.near, invitation.expiresAt),
                        by: invitation.by.name
                      })}
                    </small>
                    {invitation.code !== '' && (
                      <input
                        class="field link"
                        readOnly
                        aria-label={t('invite.link')}
                        value={linkOf(invitation)}
                        onFocus={(event) => event.currentTarget.select()}
                      />
                    )}
                  </span>
                  <span class="entry-actions">
                    {invitation.code !== '' && <Button text={t('message.copyLink')} onPress={() => copy(invitation)} />}
                    <Button text={t('invite.withdraw')} onPress={() => withdraw(invitation)} />
                  </span>
                </li>
              ))}
            </ul>
          )
        }
      </Answered>
    </>
  )
}
