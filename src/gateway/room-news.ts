// News of rooms for native clients that do not have them open: who sent messages at which places, without texts. At once after a quiet
// time, then at most one list a second for each room.
import type { Clock } from '../clock.ts'
import type { RoomEvent, RoomNews } from '../contract.ts'

export const NEWS_EVERY_MS = 1_000

/** `isFollowed`: somebody on this instance wants news of the room. */
export function createRoomNews(options: {
  clock: Clock
  isFollowed(room: string): boolean
  send(news: RoomNews): void | Promise<void>
  onError(cause: unknown): void
}) {
  const { clock, isFollowed, send, onError } = options
  /** By room and epoch: what is to be sent next, by a timer. */
  const waiting = new Map<string, { news: RoomNews; newest: number }>()

  return function add(room: string, epoch: string, { kind, seq, by, message }: RoomEvent) {
    if ((kind !== 'sent' && kind !== 'removed') || !isFollowed(room)) return
    const place = `${room} ${epoch}`
    const next = waiting.get(place) ?? { news: { room, epoch, sent: [], removed: false }, newest: 0 }
    // The sender's instance receives its own message once more, by the bus. Clients have no use for what is older, either.
    if (kind === 'sent' && seq <= next.newest) return
    if (!waiting.has(place)) clock.after(0, () => void flush(place).catch(onError))
    waiting.set(place, next)
    const mentions = message.mentions?.map(({ id }) => id)
    if (kind === 'removed') next.news.removed = true
    else {
      next.newest = seq
      next.news.sent.push({ seq, by: by.id, ...(mentions && { mentions }) })
    }
  }

  async function flush(place: string) {
    const { news, newest = 0 } = waiting.get(place) ?? {}
    waiting.delete(place)
    if (!news || (news.sent.length === 0 && !news.removed)) return
    waiting.set(place, { news: { ...news, sent: [], removed: false }, newest })
    clock.after(NEWS_EVERY_MS, () => void flush(place).catch(onError))
    await send(news)
  }
}
