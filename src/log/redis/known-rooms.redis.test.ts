// Claims about what instances that share a Redis read when rooms get their titles.
import { expect, test } from 'vitest'
import { LOBBY } from '../../contract.ts'
import { START } from '../log.fixture.ts'
import { sharedKeys } from './keys.ts'
import { useRedisLog } from './redis-log.fixture.ts'

const on = useRedisLog()

test('creating a room reads no others that the instance knows, however many, and none that an earlier build has made is overlooked', async () => {
  const near = on.log
  const far = await on.openLog(on.prefix)
  const create = (name: string, log = near, areRoomsNoted = true, title = name) =>
    log.createRoom({ id: name, title, by: name, at: START }, 1_000, areRoomsNoted)
  const reads = async () => Number(/cmdstat_hvals:calls=(\d+)/.exec(await on.command('INFO', 'commandstats'))?.[1] ?? 0)
  const readsOf = async (step: () => Promise<unknown>) => {
    const before = await reads()
    await step()
    return (await reads()) - before
  }
  await create('first')
  for (let n = 0; n < 200; n += 1) expect(await readsOf(() => create(`room-${n}`))).toBe(0)
  await Promise.all(['third', 'fourth'].map((name) => create(name)))
  const attempts = [near, far].flatMap((log, n) => [
    create(`one-${n}`, log, true, 'Garden'),
    create(`two-${n}`, log, true, 'Gаrden')
  ])
  expect((await Promise.allSettled(attempts)).filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  await create('elsewhere', far)
  expect(await readsOf(() => create('read-anew'))).toBe(1)
  await near.changeRoom('third', { topic: 'trees' }, true)
  expect(await readsOf(() => near.changeRoom('third', { title: 'renamed' }, true))).toBe(0)
  await create('third-again', near, true, 'third')
  expect(await near.removeRooms(['fourth'])).toEqual(['fourth'])
  await create('fourth-again', near, true, 'fourth')

  const [, rooms] = sharedKeys(on.prefix, LOBBY)
  const write = (id: string, title: string) =>
    on.command('HSET', rooms, id, JSON.stringify({ n: 900, id, title, by: null, at: START }))
  await write('orchard', 'Orchard')
  await expect(create('other', near, true, 'Orchard')).rejects.toMatchObject({ reason: 'room-exists' })
  await create('before')
  await write('orchard', 'Attic')
  await expect(create('other', near, false, 'Attic')).rejects.toMatchObject({ reason: 'room-exists' })
  await create('other', near, false, 'Orchard')
  await far.close()
})
