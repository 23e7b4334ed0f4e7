import { signal } from '@preact/signals'
import { expect, test } from 'vitest'
import { LOBBY } from '../../src/contract.ts'
import type { Chat } from './chat.ts'
import { offersFor } from './offers.ts'

/** In this room Anka is here, Ann and Ana have written or are members, and everyone else is found by the server. */
function chatIn(id: string): Chat {
  const by = (name: string) => ({ id: name, key: name, name })
  const members = [by('Ana'), by('Me'), by('Ann')]
  const room = {
    id,
    room: signal({ id, title: '', by: null, at: 0 }),
    people: signal({ people: [by('Me'), by('Anka')] }),
    log: signal({
      messages: [by('Ann'), by('Anka'), { ...by('Anonymous'), id: null }, { ...by('Ana'), name: 'Anais' }].map(
        (by) => ({
          by
        })
      )
    })
  }
  const answers: Record<string, object> = {
    'people:search': { people: [by('Ana'), by('Anatol'), by('Me')] },
    'member:list': { members }
  }
  return {
    me: signal({ ...by('Me'), moderator: false }),
    rooms: { room: signal(room), current: signal(id) },
    named: () => Promise.resolve(),
    nameOf: (id: string) => id,
    ask: (event: string) => Promise.resolve({ ok: true, value: answers[event] })
  } as unknown as Chat
}

test.each([
  [LOBBY, ['@Anka', '@Ana', '@Ann', '@Anatol']],
  ['private--room', ['@Anka', '@Ana', '@Ann']]
])(
  'in %s, people who are here are offered first, then those of the room, then everyone, by their present names',
  async (room, wanted) => {
    const found = await offersFor('hello @an', chatIn(room), 'en')
    expect(found?.offers.map(({ name }) => name)).toEqual(wanted)
  }
)
