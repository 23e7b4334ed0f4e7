// Attacks that read much, or make the server search and parse.
import { setTimeout as wait } from 'node:timers/promises'
import { LOBBY, newId, type Cursor, type Message } from '../../../src/contract.ts'
import type { Attacker } from './attacker.ts'
import type { Attacks } from './attack.ts'

/** 32 MB in one room. */
const FULL_ROOM = { messages: 2_000, messageBytes: 15_900 }
const MANY_ROOMS = { rooms: 990 }

export const reads: Attacks = {
  'room:open with different old cursors': {
    about: 'Each cursor is another catch-up of up to 2,000 events.',
    prepare: FULL_ROOM,
    async run(attacker) {
      const sockets = await attacker.natives(20)
      const cursors = sockets[0] ? await oldCursors(attacker, sockets[0]) : []
      await attacker.loop(sockets.length * 4, async (nth) => {
        const socket = sockets[nth % sockets.length]
        const cursor = cursors[nth % Math.max(1, cursors.length)]
        if (socket?.connected) await attacker.ask(socket, 'room:open', { room: LOBBY, cursor })
      })
    }
  },
  'GET /api/messages in a loop': {
    about: 'Two MB for every request.',
    prepare: FULL_ROOM,
    run: (attacker) => attacker.loop(32, () => attacker.http('/api/messages'))
  },
  'room:before in a loop': {
    about: 'Pages of 500 from different places.',
    prepare: FULL_ROOM,
    async run(attacker) {
      const sockets = await attacker.natives(20)
      await Promise.all(sockets.map((socket) => attacker.ask(socket, 'room:open', { room: LOBBY })))
      await attacker.loop(sockets.length * 4, async (nth) => {
        const socket = sockets[nth % sockets.length]
        const before = 600 + ((nth * 37) % 1_400)
        if (socket?.connected) await attacker.ask(socket, 'room:before', { room: LOBBY, before, limit: 500 })
      })
    }
  },
  'unknown rooms': {
    about: 'Opening a room that does not exist reads all rooms.',
    prepare: MANY_ROOMS,
    async run(attacker) {
      const sockets = await attacker.natives(10)
      await attacker.loop(sockets.length * 8, async (nth) => {
        const socket = sockets[nth % sockets.length]
        if (socket?.connected) await attacker.ask(socket, 'room:open', { room: `no-room-${nth}` })
      })
    }
  },
  'room:list in a loop': {
    about: 'One thousand rooms for every request.',
    prepare: MANY_ROOMS,
    async run(attacker) {
      const sockets = await attacker.natives(10)
      await attacker.loop(sockets.length * 8, async (nth) => {
        const socket = sockets[nth % sockets.length]
        if (socket?.connected) await attacker.ask(socket, 'room:list', {})
      })
    }
  },
  'guest name suffixes': {
    about: 'Many people are named like one guest, whose free name is then searched for every message.',
    async run(attacker) {
      const name = '𒀀'.repeat(180)
      const sockets = await attacker.natives(200, (nth) => (nth === 0 ? name : `${name}~${nth + 1}`))
      await Promise.all(sockets.map((socket) => attacker.ask(socket, 'room:open', { room: LOBBY })))
      await attacker.loop(32, () =>
        attacker.http('/api/messages', { method: 'POST', body: { username: name, content: newId() } })
      )
    }
  },
  'large JSON': {
    about: 'Frames of 32 kB that are parsed and then refused.',
    async run(attacker) {
      const sockets = await attacker.natives(20)
      const deep: unknown = JSON.parse(`${'['.repeat(4_000)}${']'.repeat(4_000)}`)
      const wide = Object.fromEntries(Array.from({ length: 2_000 }, (_, nth) => [`key${nth}`, nth]))
      await attacker.loop(sockets.length * 4, async (nth) => {
        const socket = sockets[nth % sockets.length]
        const payload = { room: LOBBY, id: newId(), text: 'x', more: nth % 2 === 0 ? deep : wide }
        if (socket?.connected) await attacker.ask(socket, 'message:edit', payload)
        else await attacker.http('/api/session', { method: 'POST', body: { more: wide } })
      })
    }
  }
}

/** Cursors at the oldest 500 messages. */
async function oldCursors(attacker: Attacker, socket: Parameters<Attacker['ask']>[0]): Promise<Cursor[]> {
  const opened = await attacker.ask(socket, 'room:open', { room: LOBBY })
  if (!opened) return []
  const { epoch } = opened.sync.cursor
  const messages: Message[] = []
  for (let before = 500; before > 1 && messages.length < 500; before = messages.at(-1)?.seq ?? 0) {
    const page = await attacker.ask(socket, 'room:before', { room: LOBBY, before, limit: 100 })
    if (!page) await wait(100)
    if (page?.messages.length === 0 || attacker.signal.aborted) break
    messages.push(...(page?.messages ?? []).toReversed())
    if (!page) break
  }
  return messages.map(({ seq, id }) => ({ epoch, seq, id }))
}
