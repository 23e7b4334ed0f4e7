// Long-polling without sticky sessions: clients whose every request goes to another region than the one before.
import { connectClient, type TestClient } from '../testing/clients.ts'
import { judged, sentenceOf, skipped } from './finding.ts'
import { regionOfMachine, type Check, type Visit } from './visit.ts'
import { until, within } from './waiting.ts'
import { openWay, type Passage } from './way.ts'

const CLIENTS = 20
const CONNECT_WITHIN_MS = 15_000
const UPGRADE_WITHIN_MS = 5_000

export const replay: Check = {
  title: 'replay',
  async look(visit) {
    const { regions, guestsAllowed, url } = visit
    if (!guestsAllowed) return skipped('only borrowed clients poll, and this app shuts them out')
    if (regions.length < 2) return skipped('one region answers: there is nowhere to send a request on to')
    let turn = 0
    const way = await openWay(url, () => regions[turn++ % regions.length]?.name ?? '')
    const tries = await Promise.allSettled(
      Array.from({ length: CLIENTS }, () =>
        within(CONNECT_WITHIN_MS, 'a long-polling client: connecting', connectClient(way.url))
      )
    )
    const connected = tries.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
    await until(() => connected.every(isUpgraded), UPGRADE_WITHIN_MS)
    const upgraded = connected.filter(isUpgraded).length
    for (const client of connected) client.close()
    await way.close()
    visit.scattered = way.passages
    const { requests, upgrades } = strays(visit)
    const refusals = Map.groupBy(
      tries.flatMap((one) => (one.status === 'rejected' ? [sentenceOf(one.reason)] : [])),
      (sentence) => sentence
    )
    return judged(
      `${connected.length} of ${CLIENTS} long-polling clients connect, their requests scattered over ${regions.length} regions`,
      `${requests.length} requests and ${upgrades.length} upgrades came to the wrong region and were sent on`,
      [
        ...[...refusals].map(([sentence, all]) => `${all.length} of ${CLIENTS} can't connect: ${sentence}`),
        ...[requests, upgrades].flatMap(neverSentOn),
        ...(upgraded < connected.length ? [`${connected.length - upgraded} can't go on by WebSocket`] : []),
        ...(requests.length === 0 ? ['no request came to a wrong region, so nothing was shown'] : [])
      ]
    )
  }
}

function neverSentOn(astray: Passage[]): string[] {
  const stuck = astray.filter((one) => !isSentOn(one))
  const statuses = [...new Set(stuck.map(({ status }) => status))].join(', ')
  return stuck.length === 0
    ? []
    : [`${stuck.length} of ${astray.length} were not sent on from a wrong region (${statuses})`]
}

const isUpgraded = ({ socket }: TestClient) => socket.io.engine.transport.name === 'websocket'

/** Requests and upgrades that were sent to another region than that of their session. */
export function strays(visit: Visit): { requests: Passage[]; upgrades: Passage[] } {
  const astray = visit.scattered.filter(({ owner, region }) => {
    const home = owner === null ? undefined : regionOfMachine(visit, owner)
    return home !== undefined && home !== region
  })
  return { requests: astray.filter(({ upgrade }) => !upgrade), upgrades: astray.filter(({ upgrade }) => upgrade) }
}

/** Whether the proxy has sent it on and the owner has answered. */
export const isSentOn = ({ upgrade, status, unfollowed }: Passage) => !unfollowed && status === (upgrade ? 101 : 200)
