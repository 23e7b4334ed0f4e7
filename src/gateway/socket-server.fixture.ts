// A bare Socket.IO server on a free port, for tests of one part of the gateway.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Server } from 'socket.io'
import { onTestFinished } from 'vitest'
import { closeClients, connectClient } from '../../infra/testing/clients.ts'
import { closeRaws } from '../../infra/testing/raw-websocket.ts'
import type { ChatServer } from './protocol.ts'

/** Closed, with all clients, when the test is finished. */
export async function openSocketServer() {
  const http = createServer()
  const io: ChatServer = new Server(http)
  http.listen(0)
  await once(http, 'listening')
  onTestFinished(async () => {
    closeClients()
    closeRaws()
    await io.close()
  })
  const url = `http://localhost:${(http.address() as AddressInfo).port}`
  return {
    io,
    url,
    connect: (auth: object, extraHeaders: Record<string, string> = {}, transports = ['websocket']) =>
      connectClient(url, { transports, auth, extraHeaders })
  }
}
