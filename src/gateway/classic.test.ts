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
