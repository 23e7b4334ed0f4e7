// Brings clients of every kind into every region, all connected at once.
import { held, judged, sentenceOf, skipped } from './finding.ts'
import { openGuest, transports, protocols } from './guest.ts'
import { openNative } from './native.ts'
import { regionOfMachine, type Check } from './visit.ts'
import { until } from './waiting.ts'

const NATIVES_PER_REGION = 2
const SEEN_WITHIN_MS = 4_000

export const NO_GUESTS = 'this app shuts borrowed clients out (GUEST_PROTOCOLS=off)'
export const NO_LOBBY = 'the lobby is left alone (--no-lobby)'

export const natives: Check = {
  title: 'native clients',
  async look(visit) {
    const { run, lobby, regions } = visit
    const tries = await Promise.allSettled(
      regions.flatMap(({ name: region, way }) =>
        Array.from({ length: NATIVES_PER_REGION }, (_, n) =>
          openNative({ url: way.url, region, name: `${region} ${n + 1} (verify ${run})`, run, lobby })
        )
      )
    )
    visit.natives = tries.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
    const placed = ({ region, client, people }: (typeof visit.natives)[number]) =>
      people().find(({ key }) => key === client.me.key)?.region === region
    await until(() => visit.natives.every(placed), SEEN_WITHIN_MS)
    visit.placed = visit.natives.filter(placed).length
    return judged(`${visit.natives.length} of taifas/client`, `${NATIVES_PER_REGION} in each region`, [
      ...tries.flatMap((one) => (one.status === 'rejected' ? [sentenceOf(one.reason)] : [])),
      ...visit.natives.filter((one) => !placed(one)).map(({ name }) => `${name} came in somewhere else`)
    ])
  }
}

export const guests: Check = {
  title: 'borrowed clients',
  async look(visit) {
    const { run, lobby, regions, guestsAllowed } = visit
    if (!guestsAllowed) return skipped(NO_GUESTS)
    const kinds = protocols.flatMap((protocol) =>
      (Object.keys(transports) as (keyof typeof transports)[]).map((transport) => ({ protocol, transport }))
    )
    const tries = await Promise.allSettled(
      regions.flatMap(({ name: region, way }) =>
        kinds.map((kind) => {
          const name = `${region} ${kind.protocol} ${kind.transport} (verify ${run})`
          return openGuest({ url: way.url, region, name, run, lobby, ...kind })
        })
      )
    )
    visit.guests = tries.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
    const astray = visit.guests.filter((one) => {
      const region = regionOfMachine(visit, one.machine())
      return region !== undefined && region !== one.region
    })
    const finding = judged(
      `${visit.guests.length} of socket.io-client`,
      'classic and course, WebSocket alone and long-polling first, in each region',
      [
        ...tries.flatMap((one) => (one.status === 'rejected' ? [sentenceOf(one.reason)] : [])),
        ...astray.map((one) => `${one.name} came in at ${one.machine()}`)
      ]
    )
    return finding.mark === 'held' && !lobby ? held(`${finding.said}; connected only, as ${NO_LOBBY}`) : finding
  }
}
