import { startTestServer } from '../../infra/testing/chat-server.ts'
import { courseContract } from './course.contract.ts'

courseContract('one instance by itself', async () => {
  const server = await startTestServer()
  return { urls: [server.url], stop: server.stop }
})
