// Fills a store before a server is started on it, by the server's own store and not through its limits.
import { LOBBY, REACTIONS_MAX_EMOJI, newId } from '../../../src/contract.ts'
import { readConfig } from '../../../src/process/config.ts'
import { createLog } from '../../../src/process/logger.ts'
import { openStores } from '../../../src/server/stores.ts'
import type { Prepared } from './attack.ts'
import { emojiAt } from './writes.ts'

const AT_ONCE = 50
const ROOM_LIMIT = 1_000
/** The authors of the prepared messages: the limits of one person do not apply to all of them together. */
const AUTHORS = 120
const REACTIONS_EACH = 4

export async function prepareStore(
  env: Record<string, string>,
  { rooms = 0, messages = 0, messageBytes = 0, reactingPeople = 0 }: Partial<Prepared>
): Promise<void> {
  if (rooms + messages === 0) return
  const config = readConfig({ LOG_LEVEL: 'fatal', ...env })
  const { log, close } = await openStores(config, createLog(config))
  const authors = Array.from({ length: AUTHORS }, (_, nth) => ({ id: newId(), name: `Author ${nth}` }))
  const author = (nth: number) => authors[nth % AUTHORS] ?? { id: newId(), name: '' }
  const text = 'x'.concat('😀'.repeat(Math.floor(messageBytes / 4)))

  for (let nth = 0; nth < rooms; nth += 1)
    await log.createRoom(
      { id: `prepared-${nth}`, title: `Prepared ${nth}`, by: author(nth).id, at: Date.now() },
      ROOM_LIMIT
    )
  let newest = ''
  await inBatches(messages, async (nth) => {
    const id = newId()
    if (nth === messages - 1) newest = id
    await log.append({ kind: 'sent', room: LOBBY, id, by: author(nth), at: Date.now(), text })
  })
  for (let person = 0; person < reactingPeople; person += 1)
    await inBatches(REACTIONS_EACH, async (nth) => {
      const emoji = emojiAt((person * REACTIONS_EACH + nth) % REACTIONS_MAX_EMOJI)
      const reaction = { message: newest, emoji, on: true } as const
      await log.append({ kind: 'reacted', room: LOBBY, id: newId(), by: author(person), at: Date.now(), ...reaction })
    })
  await close()
}

async function inBatches(count: number, work: (nth: number) => Promise<void>): Promise<void> {
  for (let start = 0; start < count; start += AT_ONCE)
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, count - start) }, (_, nth) => work(start + nth)))
}
