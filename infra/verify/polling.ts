// Long-polling without sticky sessions: every request of these clients goes to another region than the one before.
import { connectClient, type TestClient } from '../testing/clients.ts'
import { openRegionProxy, type Passage } from './region-proxy.ts'
import { failuresOf, judge, skipped, successesOf } from './result.ts'
import { NO_GUESTS, regionOf, type Check } from './run.ts'
import { until, within } from './waiting.ts'

const CLIENTS = 20
const CONNECT_WITHIN_MS = 15_000
const UPGRADE_WITHIN_MS = 5_000

const isUpgraded = ({ socket }: TestClient) => socket.io.engine.transport.name === 'websocket'
const isReplayed = ({ upgrade, status, unreplayed }: Passage) => !unreplayed && status === (upgrade ? 101 : 200)

export const polling: Check = {
  title: 'polling',
  async look(run) {
    const { regions, url } = run
    if (!run.guestsAllowed) return skipped(NO_GUESTS)
    if (regions.length < 2) return skipped('only one region answers, so no request can reach a wrong one')
    let turn = 0
    const proxy = await openRegionProxy(url, () => regions[turn++ % regions.length]?.name ?? '')
    const attempts = await Promise.allSettled(
      Array.from({ length: CLIENTS }, () =>
        within(CONNECT_WITHIN_MS, 'a long-polling client: connecting', connectClient(proxy.url))
      )
    )
    const connected = successesOf(attempts)
    await until(() => connected.every(isUpgraded), UPGRADE_WITHIN_MS)
    const stuck = connected.filter((client) => !isUpgraded(client)).length
    for (const client of connected) client.close()
    await proxy.close()

    const misrouted = proxy.passages.filter(({ owner, region }) => {
      const home = owner === null ? undefined : regionOf(run, owner)
      return home !== undefined && home !== region
    })
    const requests = misrouted.filter(({ upgrade }) => !upgrade)
    const upgrades = misrouted.filter(({ upgrade }) => upgrade)
    const refusals = Map.groupBy(failuresOf(attempts), (sentence) => sentence)
    return judge(
      `${connected.length} of ${CLIENTS} long-polling clients connect, their requests spread over ${regions.length} regions`,
      `${requests.length} requests and ${upgrades.length} upgrades reached a wrong region and were replayed`,
      [
        ...[...refusals].map(([sentence, all]) => `${all.length} of ${CLIENTS} can't connect: ${sentence}`),
        ...unreplayed(requests, 'requests, answered with 200 and fly-replay,'),
        ...unreplayed(upgrades, 'upgrades, answered with 101 and fly-replay,'),
        ...(stuck > 0 ? [`${stuck} can't upgrade to WebSocket`] : []),
        ...(requests.length === 0 ? ['no request reached a wrong region, so nothing was tested'] : [])
      ]
    )
  }
}

function unreplayed(misrouted: Passage[], what: string): string[] {
  const lost = misrouted.filter((one) => !isReplayed(one))
  const statuses = [...new Set(lost.map(({ status }) => status))].join(', ')
  return lost.length === 0 ? [] : [`${lost.length} of ${misrouted.length} ${what} were not replayed (${statuses})`]
}
