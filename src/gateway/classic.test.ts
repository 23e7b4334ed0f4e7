import { expect, it } from 'vitest'
import { startTestServer } from '../../infra/testing/chat-server.ts'
import { closeClients, connectClient } from '../../infra/testing/clients.ts'
import { startAlone } from '../../infra/testing/instances.ts'
import { classicContract } from './classic.contract.ts'

classicContract('one instance by itself', startAlone)

it('a class that joins faster than the limit of its address joins one after the other', async () => {
  const server = await startTestServer({ config: { rate: { burst: 3, perSecond: 2 } } })
  const pupils = await Promise.all(
    Array.from({ length: 14 }, () => connectClient(server.url, { transports: ['websocket'] }))
  )
  for (const [n, pupil] of pupils.entries()) {
    pupil.emit('add-user', `pupil ${n}`)
    // The page may repeat it; the pupil joins once.
    pupil.emit('add-user', `pupil ${n}`)
  }
  for (const pupil of pupils) await pupil.next('login')
  expect(server.people.view('lobby').count).toBe(14)
  closeClients()
  await server.stop()
})

it('a client receives each message in the protocols that it has spoken, and in both until it speaks', async () => {
  const server = await startTestServer()
  const connect = () => connectClient(server.url, { transports: ['websocket'] })
  const [silent, classic, course, both] = [await connect(), await connect(), await connect(), await connect()]
  classic.emit('add-user', 'ana')
  await classic.next('login')
  course.emit('deleteMessage', { messageId: 'none' })
  both.emit('add-user', 'bo')
  both.emit('deleteMessage', { messageId: 'none' })
  await Promise.all([course.next('error'), both.next('error')])
  course.emit('message', { username: 'User', content: 'hello' })
  const text = async (client: typeof silent) => [
    client.all<{ message: string }>('new-message').map(({ message }) => message),
    client.all<{ content: string }>('message').map(({ content }) => content)
  ]
  await Promise.all([classic.next('new-message'), ...[silent, both, course].map((one) => one.next('message'))])
  // Sent after everything else.
  const bye = { messageId: course.all<{ id: string }>('message')[0]?.id }
  course.emit('deleteMessage', bye)
  await Promise.all([silent, course, both].map((one) => one.next('messageDeleted')))
  expect(await Promise.all([silent, both, classic, course].map(text))).toEqual([
    [['hello'], ['hello']],
    [['hello'], ['hello']],
    [['hello'], []],
    [[], ['hello']]
  ])
  closeClients()
  await server.stop()
})
