import type { Socket as Connection } from 'engine.io'
import { expect, it } from 'vitest'
import { startTestServer } from '../../infra/testing/chat-server.ts'
import { signIn } from '../../infra/testing/clients.ts'
import { closeRaws, openRaw } from '../../infra/testing/raw-websocket.ts'
import { until } from '../../infra/testing/until.ts'
import { WIRE_VERSION } from '../contract.ts'
import { tcpOf } from './connection.ts'

it('a client that joins gets one write for its upgrade, and one for all that follows from CONNECT', async () => {
  const server = await startTestServer()
  const { token } = await signIn(server.url, 'Ana')
  let writes = 0
  server.gateway.io.engine.on('connection', (connection: Connection) => {
    const tcp = tcpOf(connection)
    const write = tcp?._writev?.bind(tcp)
    if (!tcp || !write) return
    tcp._writev = (...written) => {
      writes += 1
      write(...written)
    }
  })
  const socket = await openRaw(server.url)
  await until('the first packet', () => socket.received.length === 1)
  expect(writes).toBe(1)
  socket.say(`40${JSON.stringify({ speaks: 'native', v: WIRE_VERSION, token })}`)
  await until('the hello', () => socket.received.some((packet) => packet.includes('server:hello')))
  expect(socket.received[1]).toMatch(/^40/)
  expect(writes).toBe(2)
  closeRaws()
  await server.stop()
})
