import { useCallback, useLayoutEffect, useRef } from 'preact/hooks'
import type { OpenRoom } from '../engine/room-sync.ts'
import { timeline, type Row } from '../state/timeline.ts'
import { useApp, useChat } from './app-context.ts'
import { DayRow } from './DayRow.tsx'
import { Icon } from './Icon.tsx'
import { Mark } from './Mark.tsx'
import { MessageRow } from './MessageRow.tsx'
import { NoticeRow } from './NoticeRow.tsx'

/** This near to the end, one is at the end. */
const END_PX = 60
/** This near to the top, the page before is read. */
const TOP_PX = 300

/** What was said in a room. It follows the newest message only for those who are at the end; for all others nothing moves. */
export function MessageList({ room, title }: { room: OpenRoom; title: string }) {
  const { t } = useApp().i18n
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
  const unread = rooms.unread.value.get(room.id) ?? 0
  const atEnd = rooms.atEnd.value
  const scroller = useRef<HTMLDivElement>(null)
  const was = useRef({ from: log.from, height: 0 })
  /** Width and height that the list was last put right for. */
  const sized = useRef('')

  /** Whether the end is in view, and whether the page before is wanted. */
  const look = useCallback(() => {
    const { scrollHeight, scrollTop, clientHeight, clientWidth } = scroller.current!
    // The list has another size than was answered to, so this is no scrolling of the person's: a turned screen keeps its end.
    if (sized.current !== `${clientWidth} ${clientHeight}`) return
    const atEnd = scrollHeight - scrollTop - clientHeight < END_PX
    if (atEnd !== rooms.atEnd.peek()) rooms.look({ atEnd })
    if (scrollTop < TOP_PX) void room.before()
  }, [room, rooms])

  // First sight: at the end, or where the new ones begin.
  useLayoutEffect(() => {
    const list = scroller.current!
    const firstNew = list.querySelector<HTMLElement>('.new-line')
    const fit = () => (sized.current = `${list.clientWidth} ${list.clientHeight}`)
    list.scrollTop = firstNew ? firstNew.offsetTop - list.clientHeight / 4 : list.scrollHeight
    fit()
    look()
    // A phone's keyboard, a growing box below, a turned screen: who was at the end stays there.
    const sizes = new ResizeObserver(() => {
      fit()
      if (rooms.atEnd.peek()) list.scrollTop = list.scrollHeight
    })
    sizes.observe(list)
    sizes.observe(list.firstElementChild!)
    return () => sizes.disconnect()
  }, [look, rooms])

  useLayoutEffect(() => {
    const list = scroller.current!
    if (rooms.atEnd.peek()) list.scrollTop = list.scrollHeight
    else if (log.from < was.current.from) list.scrollTop += list.scrollHeight - was.current.height
    if (log.from !== was.current.from && list.scrollTop < TOP_PX) look()
    was.current = { from: log.from, height: list.scrollHeight }
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
      >
        <ol class="timeline">
          <li class={rows.length === 0 ? 'top empty' : 'top'}>
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
          </li>
          {rows.map((row) => draw(row))}
        </ol>
      </div>
      {!atEnd && (
        <button
          type="button"
          class={unread > 0 ? 'to-end fresh' : 'to-end'}
          onClick={() => rooms.look({ atEnd: true })}
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
        return <MessageRow key={row.key} room={room} said={row.message} head={row.head} />
      case 'pending':
        return <MessageRow key={row.key} room={room} said={row.item} head={row.head} />
      default:
        return row satisfies never
    }
  }
}
