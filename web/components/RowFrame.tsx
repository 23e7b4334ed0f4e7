import type { ComponentChildren } from 'preact'
import type { Author } from '../../src/contract.ts'
import { useApp } from './app-context.ts'
import { Avatar } from './Avatar.tsx'
import { Name } from './Name.tsx'

interface RowFrameProps {
  /** The message's. */
  id: string
  by: Author
  at: number
  /** The first of a group: shows who, and when. The others say it to screen readers alone. */
  head: boolean
  mine: boolean
  children: ComponentChildren
}

/** The row of a message on the page. */
export const rowId = (message: string) => `message-${message}`

/** The frame that all messages stand in, confirmed or on their way, so that one becomes the other in place. */
export function RowFrame({ id, by, at, head, mine, children }: RowFrameProps) {
  const { clock, moment } = useApp().i18n.tools.value
  const guest = by.id === null
  const full = clock.formatToParts(at)
  // The gutter has no space for a.m. and p.m.; the heading above says it.
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
      <div class="gutter">{head ? <Avatar name={by.name} guest={guest} /> : time}</div>
      <div class="body">
        <p class={head ? 'by' : 'unseen'}>
          <Name name={by.name} guest={guest} />
          {head && time}
        </p>
        {children}
      </div>
    </li>
  )
}
