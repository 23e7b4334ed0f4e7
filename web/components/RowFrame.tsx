import type { ComponentChildren } from 'preact'
import type { Author } from '../../src/contract.ts'
import { personKey } from '../state/person-key.ts'
import { useApp, useChat } from './app-context.ts'
import { Avatar } from './Avatar.tsx'
import { Name } from './Name.tsx'
import { RoleTag } from './RoleTag.tsx'

interface RowFrameProps {
  /** The id of the message. */
  id: string
  by: Author
  at: number
  /** The first row of a group shows author and time. The other rows give them to screen readers only. */
  head: boolean
  mine: boolean
  children: ComponentChildren
}

/** The element id of a message. */
const ROW = 'message-'
export const rowId = (message: string) => `${ROW}${message}`
export const rowOf = (message: string) => document.getElementById(rowId(message))
/** The message of a row. */
export const messageOf = (row: Element) => row.id.slice(ROW.length)

/** The frame of every message, confirmed or pending, so that a pending row becomes a confirmed one in place. */
export function RowFrame({ id, by, at, head, mine, children }: RowFrameProps) {
  const { clock, moment } = useApp().i18n.tools.value
  const chat = useChat()
  const guest = by.id === null
  function openCard() {
    if (by.id !== null) chat.card.value = { id: by.id, key: personKey(by.id), name: by.name }
  }
  const full = clock.formatToParts(at)
  // The gutter has no space for a.m. and p.m., which the heading above shows.
  const short = full.filter(({ type }) => type !== 'dayPeriod')
  const time = (
    <time dateTime={new Date(at).toISOString()} title={moment.format(at)}>
      {(head ? full : short)
        .map(({ value }) => value)
        .join('')
        .trim()}
    </time>
  )
  return (
    <li id={rowId(id)} class={`row${head ? ' head' : ''}${mine ? ' mine' : ''}`} tabIndex={-1}>
      <div class="gutter">
        {head ? <Avatar name={by.name} person={by.id === null ? null : personKey(by.id)} /> : time}
      </div>
      <div class="body">
        <p class={head ? 'by' : 'unseen'}>
          {head && by.id !== null && !mine ? (
            <button type="button" class="name-button" tabIndex={-1} onClick={openCard}>
              <Name name={by.name} guest={false} />
            </button>
          ) : (
            <Name name={by.name} guest={guest} />
          )}
          {head && <RoleTag of={by.id} />}
          {head && time}
        </p>
        {children}
      </div>
    </li>
  )
}
