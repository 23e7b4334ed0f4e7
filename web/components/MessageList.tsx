import { useCallback, useLayoutEffect, useRef } from 'preact/hooks'
import type { OpenRoom } from '../engine/room-sync.ts'
import { timeline, type Row } from '../state/timeline.ts'
import { sentence, useApp, useChat } from './app-context.ts'
import { DayRow } from './DayRow.tsx'
import { Icon } from './Icon.tsx'
import { Mark } from './Mark.tsx'
import { MessageRow } from './MessageRow.tsx'
import { NoticeRow } from './NoticeRow.tsx'
import { RemoveRoom } from './RemoveRoom.tsx'

/** Within this distance of the newest message, the list follows new messages. */
const END_PX = 60
/** Within this distance of either end of the loaded messages, the next page is read. */
const PAGE_PX = 300

/** The messages of a room. At its end the list follows new messages; anywhere else the first row in view stays where it is. */
export function MessageList({ room, title }: { room: OpenRoom; title: string }) {
  const app = useApp()
  const { t } = app.i18n
  const chat = useChat()
  const { rooms } = chat
  const log = room.log.value!
  const myId = chat.me.value.id
  const line = rooms.line.value.get(room.id)
  const rows = timeline({
    log,
    notices: room.notices.value,
    outbox: chat.outbox.items.value.filter((item) => item.room === room.id),
    myId,
    line
  })
  const paging = room.paging.value
  const refused = room.pageRefused.value
  const unread = rooms.unread.value.get(room.id) ?? 0
  const atEnd = rooms.atEnd.value
  const scroller = useRef<HTMLDivElement>(null)
  const focused = useRef<HTMLElement | null>(null)
  /** The first row in view when the person last scrolled, and where it stood in the content. */
  const anchor = useRef<{ row: HTMLElement; at: number; scrollTop: number } | null>(null)
  const loaded = useRef(log)
  /** The width and height for which the scroll position was last set. */
  const sized = useRef('')

  /** Finds out whether the end is in view, which row holds the list in place, and whether a page has to be read. */
  const look = useCallback(() => {
    const list = scroller.current
    // A late scroll event may follow the list's removal.
    if (!list) return
    const { scrollHeight, scrollTop, clientHeight, clientWidth } = list
    // The person did not scroll when the list has another size than the last known: after a turn of the screen it keeps its end.
    if (sized.current !== `${clientWidth} ${clientHeight}`) return
    const below = scrollHeight - scrollTop - clientHeight
    const cut = room.log.peek()?.to !== undefined
    const atEnd = below < END_PX && !cut
    if (atEnd !== rooms.atEnd.peek()) rooms.look({ atEnd })
    const row = firstInView(list)
    anchor.current = row && { row, at: placeIn(list, row), scrollTop }
    if (room.pageRefused.peek()) return
    if (scrollTop < PAGE_PX) void room.before()
    else if (cut && below < PAGE_PX) void room.after()
  }, [room, rooms])

  /** The one rule for the scroll position, after every change of content or size. */
  const settle = useCallback(() => {
    const list = scroller.current
    if (!list) return
    if (rooms.atEnd.peek()) {
      list.scrollTop = list.scrollHeight
      return
    }
    const held = anchor.current
    if (!held?.row.isConnected) return
    const at = placeIn(list, held.row)
    if (at === held.at) return
    // When rows above go away, the browser may have moved a position that is no longer possible.
    const atMost = list.scrollHeight - list.clientHeight
    const from = list.scrollTop >= atMost - 1 ? Math.max(list.scrollTop, held.scrollTop) : list.scrollTop
    list.scrollTop = from + at - held.at
    anchor.current = { row: held.row, at, scrollTop: list.scrollTop }
  }, [rooms])

  // First sight: at the end, or at the first new message.
  useLayoutEffect(() => {
    const list = scroller.current!
    const firstNew = list.querySelector<HTMLElement>('.new-line')
    const fit = () => (sized.current = `${list.clientWidth} ${list.clientHeight}`)
    list.scrollTop = firstNew ? firstNew.offsetTop - list.clientHeight / 4 : list.scrollHeight
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
  }, [look, rooms, settle])

  useLayoutEffect(() => {
    const was = loaded.current
    loaded.current = log
    settle()
    // A keyboard goes on from the list when the row that had the focus was trimmed.
    if (focused.current?.isConnected === false && document.activeElement === document.body)
      scroller.current!.focus({ preventScroll: true })
    // A short page may leave the same end in view.
    if ((log.from !== was.from || log.to !== was.to) && anchor.current?.row.isConnected) look()
  })

  function walk(event: KeyboardEvent) {
    const list = scroller.current!
    const focused = event.target as HTMLElement
    if (focused !== list && !focused.matches('.row')) return
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
        onFocusIn={(event) => (focused.current = event.target as HTMLElement)}
      >
        <ol class="timeline">
          <li class={rows.length === 0 ? 'top empty' : 'top'}>
            {refused && (
              <p class="refused" role="alert">
                {sentence(app, refused)}
              </p>
            )}
            {rows.length === 0 && <Mark />}
            {log.older ? (
              <button type="button" class="button quiet" onClick={() => void room.before()}>
                {t(paging ? 'room.olderLoading' : 'room.older')}
              </button>
            ) : (
              <p class={rows.length === 0 ? undefined : 'small'}>
                {t(log.messages.length === 0 ? 'room.empty' : 'room.start')}
              </p>
            )}
            <RemoveRoom room={room} />
          </li>
          {rows.map((row) => draw(row))}
          {log.to !== undefined && (
            <li class="top">
              <button type="button" class="button quiet" onClick={() => void room.after()}>
                {t(paging ? 'room.newerLoading' : 'room.newer')}
              </button>
            </li>
          )}
        </ol>
      </div>
      {!atEnd && (
        <button
          type="button"
          class={unread > 0 ? 'to-end fresh' : 'to-end'}
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

/** Where a row stands in the content of the list, in pixels, whatever is scrolled. */
const placeIn = (list: HTMLElement, row: HTMLElement) =>
  row.getBoundingClientRect().top - list.getBoundingClientRect().top + list.scrollTop

/** The first message whose top is in view; the rows are in order, so few of them are measured. */
function firstInView(list: HTMLElement): HTMLElement | null {
  const rows = list.querySelectorAll<HTMLElement>('.row')
  let [low, high] = [0, rows.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (placeIn(list, rows[middle]!) < list.scrollTop) low = middle + 1
    else high = middle
  }
  return rows[Math.min(low, rows.length - 1)] ?? null
}
