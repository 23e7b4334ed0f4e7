// What a program's person has read, and who mentions them.
import type { Ask } from '../engine/socket.ts'
import type { Client } from './api.ts'
import type { Retrier } from './retry.ts'

/** `epochOf`: of a room that is open. */
export function reading(
  ask: Ask,
  retrier: Retrier,
  epochOf: (room: string) => string | undefined
): Pick<Client, 'unread' | 'markRead' | 'mentions'> {
  const unread = async () => (await retrier.insist(() => ask('read:list', {}))).rooms
  return {
    unread,
    async markRead(room, seq) {
      const known = (await unread()).find((one) => one.room === room)
      const epoch = known?.epoch || epochOf(room)
      if (epoch === undefined) throw new Error(`${room} was never opened by this person; open it first`)
      const positions = [{ room, epoch, seq, back: known?.back ?? 0 }]
      await retrier.insist(() => ask('read:move', { positions }))
    },
    mentions: async () => (await retrier.insist(() => ask('mention:list', {}))).mentions
  }
}
