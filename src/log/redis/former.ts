// Forgets the name of somebody who has left, in Redis.
import * as v from 'valibot'
import { PRIVATE_PREFIX } from '../../contract.ts'
import type { Ask } from '../../redis/commands.ts'
import type { Run } from '../../redis/scripts.ts'
import type { MessageLog } from '../message-log.ts'
import { roomKey, sharedKeys } from './keys.ts'
import { everyRoom } from './shrink.ts'
import { forgetEventsScript, forgetNamesScript } from './scripts/former.ts'

/** Where HSCAN begins, and what it answers at the end. */
const BEGIN = '0'

export function createForgetting(options: { ask: Ask; run: Run; prefix: string }): Pick<MessageLog, 'forgetAuthor'> {
  const { ask, run, prefix } = options
  async function forgetNames(key: string, person: string) {
    for (let cursor = BEGIN; ;) {
      cursor = v.parse(v.string(), await run(forgetNamesScript, [key], [person, cursor]))
      if (cursor === BEGIN) return
    }
  }

  return {
    async forgetAuthor(person) {
      await forgetNames(sharedKeys(prefix, PRIVATE_PREFIX)[1], person)
      for (const room of await everyRoom(ask, prefix)) {
        for (const part of ['messages', 'records']) await forgetNames(roomKey(prefix, room, part), person)
        await run(forgetEventsScript, [roomKey(prefix, room, 'log')], [person])
      }
    }
  }
}
