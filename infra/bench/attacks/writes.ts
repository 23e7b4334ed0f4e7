// Attacks that store something.
import { newSuffix } from '../../testing/new-suffix.ts'
import { LOBBY, REACTIONS_MAX_EMOJI, newId } from '../../../src/contract.ts'
import type { Attacker } from './attacker.ts'
import { longText, type Attacks } from './attack.ts'

/** Events of one socket that wait for their answer. */
const AHEAD = 32
/** Small enough that a flood of seconds would erase the history. */
const SHORT_HISTORY = { HISTORY_LIMIT: '1000' }
const send = (text: string) => ({ room: LOBBY, id: newId(), text })
const guestPost = (username: string, content: string) => ({ method: 'POST', body: { username, content } })
/** Names with the most bytes that a name may have. */
const longName = (nth: number) => `${newSuffix()} ${nth} `.concat('𒀀'.repeat(160))

async function member(attacker: Attacker) {
  const socket = await attacker.native()
  if (socket) await attacker.ask(socket, 'room:open', { room: LOBBY })
  return socket
}

export const writes: Attacks = {
  'flood by one session': {
    about: 'One person sends as fast as possible.',
    env: SHORT_HISTORY,
    async run(attacker) {
      let socket = await member(attacker)
      await attacker.loop(AHEAD, async (nth) => {
        if (!socket?.connected) socket = nth % AHEAD === 0 ? await member(attacker) : socket
        if (socket?.connected) await attacker.ask(socket, 'message:send', send(`flood ${nth}`))
      })
    }
  },
  'flood by new sessions': {
    about: 'A new name for every message: rate limits of a person never apply.',
    env: SHORT_HISTORY,
    run: (attacker) =>
      attacker.loop(16, async (nth) => {
        const socket = await member(attacker)
        if (!socket) return
        for (let each = 0; each < 10; each += 1)
          await attacker.ask(socket, 'message:send', send(`flood ${nth}.${each}`))
        socket.disconnect()
      })
  },
  'guests over REST erase the lobby': {
    about: 'POST /api/messages without a session, until the history is gone.',
    env: SHORT_HISTORY,
    run: (attacker) =>
      attacker.loop(AHEAD, (nth) => attacker.http('/api/messages', guestPost(`Guest ${nth}`, `flood ${nth}`)))
  },
  'guest sockets erase the lobby': {
    about: 'Twenty guests of the course protocol send without pause.',
    env: SHORT_HISTORY,
    async run({ client, loop, outcomes }) {
      await loop(20, async (nth) => {
        const socket = await client.connect()
        if (!socket) return
        socket.on('error', () => (outcomes.refused += 1))
        socket.on('message', () => (outcomes.ok += 1))
        for (let each = 0; each < 300 && socket.connected; each += 1) {
          socket.emit('message', { username: `Guest ${nth}`, content: `flood ${each}` })
          if (each % 10 === 0) await new Promise((done) => setTimeout(done, 20))
        }
        socket.disconnect()
      })
    }
  },
  'longest messages fill the store': {
    about: 'Sixteen kB each, by many sessions and guests; Redis holds 60 MB.',
    redisMaxMb: 60,
    async run(attacker) {
      const sockets = await attacker.natives(30)
      await Promise.all(sockets.map((socket) => attacker.ask(socket, 'room:open', { room: LOBBY })))
      await attacker.loop(64, async (nth) => {
        const socket = sockets[nth % (sockets.length + 1)]
        if (socket?.connected) await attacker.ask(socket, 'message:send', send(longText(nth)))
        else await attacker.http('/api/messages', guestPost(`Guest ${nth}`, longText(nth)))
      })
    }
  },
  'rooms are created until none is left': {
    about: 'New sessions create rooms; all 1,000 are taken.',
    async run(attacker) {
      const sockets = await attacker.natives(20)
      await attacker.loop(40, async (nth) => {
        const socket = sockets[nth % Math.max(1, sockets.length)]
        if (socket?.connected) await attacker.ask(socket, 'room:create', { title: `Room ${nth} ${newId()}` })
      })
    }
  },
  'reactions on a full message': {
    about: 'Ten people toggle a reaction on a long message with 500 reactions; 50 people read.',
    prepare: { messages: 50, messageBytes: 12_000, reactingPeople: 120 },
    async run(attacker) {
      const readers = await attacker.natives(50)
      const sockets = await attacker.natives(10)
      await Promise.all([...readers, ...sockets].map((socket) => attacker.ask(socket, 'room:open', { room: LOBBY })))
      const opened = sockets[0] && (await attacker.ask(sockets[0], 'room:open', { room: LOBBY }))
      const message = opened?.sync.kind === 'fresh' ? opened.sync.messages.find(({ reactions }) => reactions)?.id : null
      await attacker.loop(AHEAD, async (nth) => {
        const socket = sockets[nth % Math.max(1, sockets.length)]
        const emoji = emojiAt(nth % REACTIONS_MAX_EMOJI)
        const on = Math.floor(nth / REACTIONS_MAX_EMOJI) % 2 === 0
        if (socket?.connected)
          await attacker.ask(socket, 'message:react', { room: LOBBY, id: newId(), message, emoji, on })
      })
    }
  },
  'edits of a long message': {
    about: 'Every edit stores 16 kB and reaches everyone.',
    async run(attacker) {
      const sockets = await attacker.natives(5)
      const own = sockets.map(() => newId())
      for (const [nth, socket] of sockets.entries()) {
        await attacker.ask(socket, 'room:open', { room: LOBBY })
        await attacker.ask(socket, 'message:send', { room: LOBBY, id: own[nth], text: 'first' })
      }
      await attacker.loop(AHEAD, async (nth) => {
        const place = nth % Math.max(1, sockets.length)
        const edit = { room: LOBBY, id: newId(), message: own[place], text: longText(nth) }
        if (sockets[place]?.connected) await attacker.ask(sockets[place], 'message:edit', edit)
      })
    }
  },
  'messages of 3,000 line breaks': {
    about: 'Small in bytes, large on every screen.',
    async run(attacker) {
      const sockets = await attacker.natives(10)
      await Promise.all(sockets.map((socket) => attacker.ask(socket, 'room:open', { room: LOBBY })))
      const text = 'a\n'.repeat(1_500).concat('\n\n'.repeat(750), 'b')
      await attacker.loop(AHEAD, async (nth) => {
        const socket = sockets[nth % Math.max(1, sockets.length)]
        if (socket?.connected) await attacker.ask(socket, 'message:send', send(text))
      })
    }
  },
  'leases of many rooms and long names': {
    about: 'Forty people with the longest names are in 200 rooms each.',
    prepare: { rooms: 200 },
    async run(attacker) {
      const sockets = await attacker.natives(40, longName)
      const list = sockets[0] && (await attacker.ask(sockets[0], 'room:list', {}))
      const rooms = (list?.rooms ?? []).map(({ id }) => id)
      await attacker.loop(40, async (nth) => {
        const socket = sockets[nth % Math.max(1, sockets.length)]
        const room = rooms[Math.floor(nth / Math.max(1, sockets.length)) % Math.max(1, rooms.length)]
        if (socket?.connected) await attacker.ask(socket, 'room:open', { room })
      })
    }
  }
}

/** One of the emoji with which `prepare` reacts. */
export const emojiAt = (nth: number) => String.fromCodePoint(0x1f600 + nth)
