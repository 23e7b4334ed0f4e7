import { startTestServer } from '../../infra/testing/chat-server.ts'
import { classicContract } from './classic.contract.ts'

classicContract('one instance by itself', async () => {
  const server = await startTestServer()
  return { urls: [server.url], stop: server.stop }
})
