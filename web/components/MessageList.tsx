import { useCallback, useEffect, useLayoutEffect, useRef } from 'preact/hooks'
import { LOBBY, roomKind } from '../../src/contract.ts'
import { findMessage } from '../engine/room-log.ts'
import type { OpenRoom } from '../engine/room-sync.ts'
import { forgetMessage } from '../state/address.ts'
import { timeline, type Row } from '../state/timeline.ts'
import { moderates, sentence, useApp, useChat } from './app-context.ts'
import { Button } from './Button.tsx'
import { DayRow } from './DayRow.tsx'
import { Icon } from './Icon.tsx'
import { Mark } from './Mark.tsx'
import { MessageRow } from './MessageRow.tsx'
import { NoticeRow } from './NoticeRow.tsx'
import { lastRead, readingPlace, type ReadingPlace } from './reading-place.ts'
import { RemoveRoom } from './parts.ts'
import { Refused } from './Refused.tsx'
import { messageOf, rowOf } from './RowFrame.tsx'

const stay = () => {}

/** Within this distance of the newest message, the list follows new messages. */
const END_PX = 60
/** A message that a link has led to is marked so long. */
const MARKED_MS = 1_600
/** Within this distance of either end of the loaded messages, the next page is read. */
const PAGE_PX = 300

/** The messages of a room. At its end the list follows new messages; anywhere else the first row in view stays where it is. */
export function MessageList({ room, title, onMembers }: { room: OpenRoom; title: string; onMembers: () => void }) {
  const app = useApp()
  const { t } = app.i18n
  const chat = useChat()
  const isMine = room.id !== LOBBY && moderates(chat, room.room.value)
  const { rooms } = chat
  const log = room.log.value!
  const line = rooms.line.value.get(room.id)
  const rows = timeline({
    log,
    notices: room.notices.value,
    outbox: chat.outbox.items.value.filter((item) => item.room === room.id),
    me: chat.me.value,
    line
  })
  const isEmpty = !rows.some(({ kind }) => kind === 'message' || kind === 'pending')
  const paging = room.paging.value
  const refused = room.pageRefused.value
  const unread = rooms.unread.value.get(room.id) ?? 0
  const atEnd = rooms.atEnd.value
  const goal = rooms.goal.value
  const isConnected = room.upToDate.value
  const hindrance = chat.writing.hindrance(room.room.value)
  const scroller = useRef<HTMLDivElement>(null)
  const place = useRef<ReadingPlace>(null)
  const loaded = useRef(log)
  /** The width and height for which the scroll position was last set. */
  const sized = useRef('')

  /** Finds out whether the end is in view, which row holds the list in place, and whether a page has to be read. */
  const look = useCallback(() => {
    const list = scroller.current
    // A late scroll event may follow the list's removal.
    if (!list) return
    const { scrollTop, clientHeight, clientWidth } = list
    // The person did not scroll when the list has another size than the last known: after a turn of the screen it keeps its end.
    if (sized.current !== `${clientWidth} ${clientHeight}`) return
    const below = place.current!.below()
    const log = room.log.peek()!
    const cut = log.to !== undefined
    const atEnd = below < END_PX && !cut
    if (atEnd !== rooms.atEnd.peek()) rooms.look({ atEnd })
    const read = lastRead(list)
    rooms.seen((read && findMessage(log, messageOf(read))?.seq) ?? 0)
    const anchor = place.current!.look()
    const message = anchor && findMessage(log, messageOf(anchor.row))
    if (atEnd) rooms.setAnchor(undefined)
    else if (message) rooms.setAnchor({ id: message.id, epoch: log.cursor.epoch, seq: message.seq, top: anchor.top })
    if (room.pageRefused.peek()) return
    if (scrollTop < PAGE_PX) void room.before()
    else if (cut && below < PAGE_PX) void room.after()
  }, [room, rooms])

  const settle = useCallback(() => place.current?.settle(rooms.atEnd.peek() ? END_PX : null), [rooms])

  // First sight: where the person was, else at the first new message, else at the end.
  useLayoutEffect(() => {
    const list = scroller.current!
    place.current = readingPlace(list)
    const was = rooms.anchor()
    const again = was && room.log.peek()!.messages.find(({ seq }) => seq >= was.seq)
    const firstNew = list.querySelector<HTMLElement>('.new-line')
    const fit = () => (sized.current = `${list.clientWidth} ${list.clientHeight}`)
    if (again) place.current.fix(rowOf(again.id)!, was.top)
    else list.scrollTop = firstNew ? firstNew.offsetTop - list.clientHeight / 4 : list.scrollHeight
    fit()
    look()
    // The list changes its size with a phone's keyboard, a growing text box or a turned screen; a row with an opened form.
    const sizes = new ResizeObserver(() => {
      fit()
      settle()
    })
    sizes.observe(list)
    sizes.observe(list.firstElementChild!)
    return () => sizes.disconnect()
  }, [look, room, rooms, settle])

  useEffect(() => {
    if (!goal || !isConnected) return
    void room.load(goal.message).then((found) => {
      if (found || rooms.goal.peek() !== goal) return
      rooms.goal.value = null
      forgetMessage(room.id)
      app.toasts.show(sentence(app, found === null ? 'no-message' : 'unavailable'))
    })
  }, [app, goal, isConnected, room, rooms])

  useLayoutEffect(() => {
    const was = loaded.current
    loaded.current = log
    settle()
    const row = goal && rowOf(goal.message)
    if (row) {
      const list = scroller.current!
      place.current!.fix(row, goal.top ?? Math.max(0, (list.clientHeight - row.offsetHeight) / 2))
      row.focus({ preventScroll: true })
      row.animate({ backgroundColor: ['var(--accent-soft)', 'transparent'] }, MARKED_MS)
      rooms.goal.value = null
      forgetMessage(room.id)
      look()
    }
    // A short page may leave the same end in view.
    if (log.from !== was.from || log.to !== was.to) look()
  })

  function walk(event: KeyboardEvent) {
    const list = scroller.current!
    const focused = event.target as HTMLElement
    // With Alt they lead to another room.
    if (event.altKey || (focused !== list && !focused.matches('.row'))) return
    const all = [...list.querySelectorAll<HTMLElement>('.row')]
    const place = all.indexOf(focused)
    const to = {
      ArrowUp: place === -1 ? all.length - 1 : Math.max(0, place - 1),
      ArrowDown: place === -1 ? all.length - 1 : Math.min(all.length - 1, place + 1),
      Home: 0,
      End: all.length - 1
    }[event.key]
    if (to === undefined) return
    event.preventDefault()
    all[to]?.focus()
  }

  return (
    <div class="messages">
      {/* Pages of the past are not read aloud. The list takes the focus so that a keyboard can scroll it and walk its rows. */}
      {/* oxlint-disable jsx-a11y/no-noninteractive-tabindex, jsx-a11y/no-noninteractive-element-interactions */}
      <div
        ref={scroller}
        class="scroller"
        role="log"
        aria-label={t('room.messages', { room: title })}
        aria-live={paging ? 'off' : 'polite'}
        aria-busy={paging}
        tabIndex={0}
        onScroll={look}
        onKeyDown={walk}
      >
        <ol class="timeline">
          <li class={rows.length === 0 ? 'top empty' : 'top'}>
            <Refused text={refused && sentence(app, refused)} />
            {rows.length === 0 && <Mark />}
            {log.older ? (
              <Button class="quiet" text={t(paging ? 'room.olderLoading' : 'room.older')} onPress={room.before} />
            ) : (
              <p class={rows.length === 0 ? undefined : 'small'}>
                {t(isEmpty && !hindrance ? 'room.empty' : 'room.start')}
              </p>
            )}
            {isEmpty && roomKind(room.id) === 'private' && (
              <Button class="primary" text={t('room.letIn')} onPress={onMembers} />
            )}
            {isMine && log.messages.every(({ removed }) => removed) && <RemoveRoom room={room} onClose={stay} />}
          </li>
          {rows.map((row) => draw(row))}
          {log.to !== undefined && (
            <li class="top">
              <Button class="quiet" text={t(paging ? 'room.newerLoading' : 'room.newer')} onPress={room.after} />
            </li>
          )}
        </ol>
      </div>
      {rooms.mayGoBack.value && (
        <button type="button" class="to-end floating back" onClick={() => history.back()}>
          <Icon name="reply" />
          <span>{t('message.back')}</span>
        </button>
      )}
      {!atEnd && (
        <button
          type="button"
          class={unread > 0 ? 'to-end floating fresh' : 'to-end floating'}
          onClick={() => void rooms.toEnd()}
          aria-label={unread > 0 ? t('room.newBelow', { n: unread }) : t('room.toEnd')}
        >
          {unread > 0 && <span>{t('rooms.unread', { n: unread })}</span>}
          <Icon name="down" />
        </button>
      )}
    </div>
  )

  function draw(row: Row) {
    switch (row.kind) {
      case 'day':
        return <DayRow key={row.key} at={row.at} />
      case 'new':
        return (
          <li key={row.key} class="new-line">
            <span>{t('room.new')}</span>
          </li>
        )
      case 'notice':
        return <NoticeRow key={row.key} notice={row.notice} />
      case 'message':
        return <MessageRow key={row.key} room={room} entry={row.message} head={row.head} />
      case 'pending':
        return <MessageRow key={row.key} room={room} entry={row.item} head={row.head} />
      default:
        return row satisfies never
    }
  }
}
