// Forgets the name of somebody who has left, in Redis.
import * as v from 'valibot'
import { LOBBY, PRIVATE_PREFIX } from '../../contract.ts'
import type { Ask } from '../../redis/commands.ts'
import type { Run } from '../../redis/scripts.ts'
import type { MessageLog } from '../message-log.ts'
import { roomKey, sharedKeys } from './keys.ts'
import { forgetEventsScript, forgetNamesScript } from './scripts/former.ts'

/** Where HSCAN begins, and what it answers at the end. */
const BEGIN = '0'
const ids = v.array(v.string())

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
      for (const kind of [LOBBY, PRIVATE_PREFIX])
        for (const room of v.parse(ids, await ask(['HKEYS', sharedKeys(prefix, kind)[0]]))) {
          for (const part of ['messages', 'records']) await forgetNames(roomKey(prefix, room, part), person)
          await run(forgetEventsScript, [roomKey(prefix, room, 'log')], [person])
        }
    }
  }
}
