// What calls for attention while nobody looks at the page: its icon, the app's icon, a notification, a tone. Loads when it is first needed.
import { effect, untracked } from '@preact/signals'
import { isOpen, type Level, type Message } from '../../src/contract.ts'
import { presentNames } from '../components/app-context.ts'
import { firstLine } from '../formatting/first-line.ts'
import type { App } from './app.ts'
import { alertsOf, chosen, learn } from './attention-choices.ts'
import type { Chat } from './chat.ts'
import { titleOf } from './room-order.ts'
import { openNotifications } from './notifications.ts'
import { openTabs } from './tabs.ts'
import { playTone } from './tone.ts'

/** Messages within this time are one notification, and what is read at once on another device is none. */
const NOTIFIED_AFTER_MS = 500

let isStarted = false

/** From now on, as long as the page lives, for the person who is signed in. */
export function start(app: App): void {
  if (isStarted) return
  isStarted = true
  effect(() => {
    const chat = app.chat.value
    return chat ? untracked(() => callForAttention(chat, app)) : undefined
  })
}

function callForAttention(chat: Chat, app: App): () => void {
  const { rooms, me, connection } = chat
  const { reading } = rooms
  const tabs = openTabs(me.peek().id)
  const notifications = openNotifications()
  const icon = document.querySelector<HTMLLinkElement>('link[rel="icon"]')
  /** Of each room, what was known of it last. */
  let known: ReadonlyMap<string, { head: number; unread: number; mentions: number }> | null = null
  /** Rooms in which something is new. */
  const news = new Set<string>()
  let waiting: ReturnType<typeof setTimeout> | undefined

  const levelOf = (room: string): Level => reading.levels.peek().get(room) ?? (isOpen(room) ? 'mentions' : 'all')
  const isForMe = ({ by, mentions }: Message) =>
    reading.isMine(
      by.id,
      mentions?.map(({ id }) => id)
    )

  function compare() {
    const { value: now } = reading.rooms
    for (const [id, { head, unread, mentions }] of known ? now : []) {
      const before = known!.get(id) ?? { head: 0, unread: 0, mentions: 0 }
      const isMore = levelOf(id) === 'all' ? unread > before.unread : mentions > before.mentions
      if (head > before.head && isMore && ['all', 'mentions'].includes(levelOf(id))) news.add(id)
    }
    if (!reading.known.value || !reading.blocked.value) return
    known = now
    if (news.size > 0) waiting ??= setTimeout(() => void tell().catch(() => {}), NOTIFIED_AFTER_MS)
    void notifications.closeRead((id, message) => {
      const log = rooms.open.peek().get(id)?.log.peek()
      return !now.get(id)?.unread || log?.messages.find((one) => one.id === message)?.removed === true
    })
  }

  async function tell() {
    waiting = undefined
    const ids = [...news].filter((id) => rooms.unread.peek().has(id))
    news.clear()
    const { quietUntil = 0, hideText = false } = alertsOf(chat) ?? {}
    if (ids.length === 0 || quietUntil > Date.now() || !(await tabs.mayNotify())) return
    const { tone, notify } = chosen()
    if (tone) playTone()
    for (const id of notify ? ids : []) await notifications.show(id, await shown(id, hideText))
  }

  /** The newest message that is wanted; of a room that is not open here, how many there are. */
  async function shown(id: string, hideText: boolean) {
    const room = rooms.open.peek().get(id)
    const title = titleOf(app, chat, id)
    const isWanted = (one: Message) =>
      !one.removed && one.by.id !== me.peek().id && (levelOf(id) === 'all' || isForMe(one))
    const message = room?.log.peek()?.messages.findLast(isWanted)
    if (!message) return { title, body: app.i18n.t('rooms.unread', { n: rooms.unread.peek().get(id) ?? 1 }) }
    const { name } = message.by
    await chat.named((message.mentions ?? []).map((one) => one.id))
    return {
      title,
      message: message.id,
      body: hideText ? name : `${name}: ${firstLine(message, presentNames(chat, room))}`
    }
  }

  function ask() {
    void chat.ask('alerts:get', {}).then((reply) => (reply.ok ? learn(chat, reply.value) : null))
    void chat.ask('person:blocked', {}).then((reply) => {
      if (reply.ok) reading.learnBlocked(new Set(reply.value.people.map(({ id }) => id)))
      else if (!reading.blocked.peek()) reading.learnBlocked(new Set())
    })
  }
  chat.listen('alerts:changed', ask)

  const stops = [
    effect(() => {
      if (connection.online.value) ask()
    }),
    effect(compare),
    effect(() => tabs.looks(rooms.focused.value && rooms.looking.value)),
    effect(() => {
      const unread = rooms.unreadInAll.value
      const isMentioned = [...rooms.mentions.value.keys()].some((id) => reading.heard(id) > 0)
      icon?.setAttribute('href', `/icon${isMentioned ? '-mentioned' : unread > 0 ? '-unread' : ''}.svg`)
      void navigator.setAppBadge?.(unread).catch(() => {})
    }),
    () => clearTimeout(waiting),
    tabs.close,
    notifications.close
  ]
  return () => {
    for (const stop of stops) stop()
  }
}
