// Connects clients of every kind in every region, and removes what they sent.
import { kinds, openCompatible } from './compatible.ts'
import { openNative } from './native.ts'
import { failuresOf, judge, skipped, successesOf } from './result.ts'
import { NO_GUESTS, NO_LOBBY, regionOf, type Check, type Run } from './run.ts'
import { until, within } from './waiting.ts'

const NATIVES_PER_REGION = 2
const PLACED_WITHIN_MS = 4_000
/** A long watch leaves many messages, and the rate limit applies. */
const REMOVED_WITHIN_MS = 60_000
const REMOVALS_AT_ONCE = 8

export const natives: Check = {
  title: 'native clients',
  async look(run) {
    const names = run.regions.flatMap(({ name: region, proxy }) =>
      Array.from({ length: NATIVES_PER_REGION }, (_, n) => ({ url: proxy.url, region, name: `${region} ${n + 1}` }))
    )
    const attempts = await Promise.allSettled(
      names.map(({ name, ...where }) =>
        openNative({ ...where, name: `${name} (verify ${run.id})`, run: run.id, lobby: run.lobby })
      )
    )
    run.natives = successesOf(attempts)
    const isPlaced = ({ region, client, people }: (typeof run.natives)[number]) =>
      people().find(({ key }) => key === client.me.key)?.region === region
    await until(() => run.natives.every(isPlaced), PLACED_WITHIN_MS)
    const elsewhere = run.natives.filter((one) => !isPlaced(one))
    return judge(`${run.natives.length} of taifas/client`, `${NATIVES_PER_REGION} in each region`, [
      ...failuresOf(attempts),
      ...elsewhere.map(({ name }) => `${name} is connected to another region`)
    ])
  }
}

export const compatible: Check = {
  title: 'compatible clients',
  async look(run) {
    const { lobby } = run
    if (!run.guestsAllowed) return skipped(NO_GUESTS)
    const attempts = await Promise.allSettled(
      run.regions.flatMap(({ name: region, proxy }) =>
        kinds.map((kind) => {
          const name = `${region} ${kind.join(' ')} (verify ${run.id})`
          return openCompatible({ url: proxy.url, region, name, run: run.id, kind, lobby })
        })
      )
    )
    run.compatible = successesOf(attempts)
    const elsewhere = run.compatible.filter((one) => (regionOf(run, one.machine()) ?? one.region) !== one.region)
    return judge(
      `${run.compatible.length} of socket.io-client`,
      `classic and course, by WebSocket and by polling, in each region${lobby ? '' : `; ${NO_LOBBY}`}`,
      [...failuresOf(attempts), ...elsewhere.map((one) => `${one.name} is connected to ${one.machine()}`)]
    )
  }
}

/** The room "verify" remains. */
export const cleanup: Check = {
  title: 'cleanup',
  async look(run) {
    const inLobby = [
      ...run.natives.flatMap(({ lobby }) => (lobby?.shown ?? []).map(({ id }) => id)),
      ...run.compatible.flatMap((one) => one.ids())
    ]
    // Messages of guests have no owner, so anyone may remove them.
    const removeFromLobby = [...new Set(inLobby)].map((id) => async () => {
      const answer = await fetch(`${run.url}/api/messages/${id}`, { method: 'DELETE' })
      if (!answer.ok) throw new Error(`DELETE /api/messages/${id} gives ${answer.status}`)
    })
    const removeOwn = ({ room, acknowledged }: Run['natives'][number]) =>
      acknowledged.map(
        ({ id }) =>
          () =>
            room.remove(id)
      )
    const removals = [removeFromLobby, ...run.natives.map(removeOwn)]
    const attempts = await Promise.allSettled(
      removals.map((list) => within(REMOVED_WITHIN_MS, 'removing the messages', runAll(list)))
    )
    await Promise.all(run.natives.map((one) => one.close()))
    for (const { client } of run.compatible) client.close()
    return judge(`${removals.flat().length} messages`, 'removed, and all clients have left', failuresOf(attempts))
  }
}

async function runAll(list: readonly (() => Promise<unknown>)[]): Promise<void> {
  const rest = list.values()
  const worker = async () => {
    for (const work of rest) await work()
  }
  await Promise.all(Array.from({ length: REMOVALS_AT_ONCE }, worker))
}
