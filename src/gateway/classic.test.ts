import { expect, it } from 'vitest'
import { startTestServer } from '../../infra/testing/chat-server.ts'
import { closeClients, connectClient } from '../../infra/testing/clients.ts'
import { openProxy } from '../../infra/testing/tcp-proxy.ts'
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

it('a guest whose connection was lost is back before it is shown as gone; one whose page was closed is gone at once', async () => {
  const server = await startTestServer()
  const way = await openProxy(server.url)
  const bo = await connectClient(server.url)
  // With the waits that the library chooses.
  const ana = await connectClient(way.url, { reconnection: true, transports: ['websocket'] })
  ana.socket.on('connect', () => ana.emit('add-user', 'ana'))
  ana.emit('add-user', 'ana')
  bo.emit('add-user', 'bo')
  await Promise.all([ana.next('login'), bo.next('login')])
  way.cut()
  await ana.next('(disconnect)')
  way.mend()
  expect(await ana.next('login')).toEqual({ numUsers: 2 })
  expect(bo.all('user-left')).toEqual([])
  ana.socket.io.reconnection(false)
  ana.socket.io.engine.close()
  expect(await bo.next('user-left')).toEqual({ username: 'ana', numUsers: 1 })
  closeClients()
  await server.stop()
  await way.close()
})
