// Long-polling without sticky sessions: every request of these clients goes to another region than the one before.
import { connectClient, type TestClient } from '../testing/clients.ts'
import { PREFER_REGION } from './region-proxy.ts'
import { failuresOf, judge, skipped, successesOf } from './result.ts'
import { NO_GUESTS, type Check } from './run.ts'
import { until, within } from './waiting.ts'

const CLIENTS = 20
const CONNECT_WITHIN_MS = 15_000
const UPGRADE_WITHIN_MS = 5_000
const isUpgraded = ({ socket }: TestClient) => socket.io.engine.transport.name === 'websocket'

export const polling: Check = {
  title: 'polling',
  async look({ regions, url, guestsAllowed }) {
    if (!guestsAllowed) return skipped(NO_GUESTS)
    if (regions.length < 2) return skipped('only one region answers, so no request can reach a wrong one')
    let requests = 0
    // The client reads the header for each request.
    const extraHeaders = {
      get [PREFER_REGION]() {
        return regions[requests++ % regions.length]?.name
      }
    }
    const attempts = await Promise.allSettled(
      Array.from({ length: CLIENTS }, () =>
        within(CONNECT_WITHIN_MS, 'connecting', connectClient(url, { extraHeaders }))
      )
    )
    const connected = successesOf(attempts)
    await until(() => connected.every(isUpgraded), UPGRADE_WITHIN_MS)
    const stuck = connected.filter((client) => !isUpgraded(client)).length
    for (const client of connected) client.close()
    const refusals = failuresOf(attempts)
    return judge(
      `${connected.length} of ${CLIENTS} long-polling clients connect`,
      `their ${requests} requests and upgrades went to ${regions.length} regions in turn, and were replayed in the right one`,
      [
        ...(refusals.length > 0 ? [`${refusals.length} of ${CLIENTS} can't connect: ${refusals[0]}`] : []),
        ...(stuck > 0 ? [`${stuck} can't upgrade to WebSocket`] : [])
      ]
    )
  }
}
