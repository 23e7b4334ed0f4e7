// The whole list of rooms, which may be more than one answer holds.
import type { Reply, RoomSummary } from '../../src/contract.ts'
import type { Ask } from './socket.ts'

/** All rooms that the person may see, or a refusal. The first answers are paid for, so a later one that comes too fast is asked again. */
export async function allRooms(ask: Ask, before: RoomSummary[] = [], after = ''): Promise<Reply<RoomSummary[]>> {
  const reply = await ask('room:list', { after })
  if (!reply.ok) {
    if (after === '' || reply.retryAfterMs === undefined) return reply
    await new Promise((done) => setTimeout(done, reply.retryAfterMs))
    return allRooms(ask, before, after)
  }
  const value = [...before, ...reply.value.rooms]
  return reply.value.next === undefined ? { ok: true, value } : allRooms(ask, value, reply.value.next)
}
