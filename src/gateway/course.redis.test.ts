// Messages that were sent and removed while an instance was cut off, and whose bus messages are lost.
import { expect, it } from 'vitest'
import { lookInto, untilReady } from '../../infra/testing/chat-server.ts'
import { request } from '../../infra/testing/clients.ts'
import { openCluster } from '../../infra/testing/cluster.fixture.ts'

it('a message that was removed before delivery is sent without its text and then deleted; classic clients do not get it', async () => {
  const cluster = await openCluster()
  const way = await cluster.way()
  const [one, two] = [await cluster.start('one'), await cluster.start('two', { redisUrl: way.url })]
  await untilReady(one, two)
  const guest = await cluster.guest(two.url, 'gus')
  const post = async (content: string) => {
    const answer = await request('POST', `${one.url}/api/messages`, { body: { username: 'User', content } })
    return (await answer.json()) as { id: string }
  }
  await post('before')
  await guest.next('message', ({ content }) => content === 'before')

  way.cut()
  const { id } = await post('never received')
  expect((await fetch(`${one.url}/api/messages/${id}`, { method: 'DELETE' })).status).toBe(204)
  await post('after')
  const inside = await lookInto(cluster.redis.url)
  await inside.del('{taifas}:letters')
  inside.destroy()
  way.mend()
  await untilReady(two)
  // Each instance does it every 10 s.
  await two.chat.compareHeads()
  await guest.next('message', ({ content }) => content === 'after')

  const course = guest.received.filter(({ event }) => event === 'message' || event === 'messageDeleted')
  expect(course.map(({ event, payload }) => [event, payload])).toEqual([
    ['message', expect.objectContaining({ content: 'before' })],
    ['message', expect.objectContaining({ id, username: 'User', content: '' })],
    ['messageDeleted', { messageId: id }],
    ['message', expect.objectContaining({ content: 'after' })]
  ])
  expect(guest.all<{ message: string }>('new-message').map(({ message }) => message)).toEqual(['before', 'after'])
})
