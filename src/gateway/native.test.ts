import { startTestServer } from '../../infra/testing/chat-server.ts'
import { nativeContract } from './native.contract.ts'

nativeContract('one instance by itself', async () => {
  const server = await startTestServer()
  return { urls: [server.url], stop: server.stop }
})
