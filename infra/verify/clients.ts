// Connects clients of every kind in every region, and removes what they sent.
import { kinds, openCompatible } from './compatible.ts'
import { openNative } from './native.ts'
import { failuresOf, judge, skipped, successesOf } from './result.ts'
import { NO_GUESTS, NO_LOBBY, regionOf, type Check } from './run.ts'
import { until, within } from './waiting.ts'

/** In each region. */
const NATIVES = ['1', '2']
const PLACED_WITHIN_MS = 4_000
const REMOVED_WITHIN_MS = 60_000
const REMOVALS_AT_ONCE = 24

export const natives: Check = {
  title: 'native clients',
  async look(run) {
    const attempts = await Promise.allSettled(
      run.regions.flatMap((region) => NATIVES.map((label) => openNative(run, region, label)))
    )
    run.natives = successesOf(attempts)
    const isPlaced = ({ region, client, people }: (typeof run.natives)[number]) =>
      people().find(({ key }) => key === client.me.key)?.region === region
    await until(() => run.natives.every(isPlaced), PLACED_WITHIN_MS)
    const elsewhere = run.natives.filter((one) => !isPlaced(one))
    return judge(`${run.natives.length} of taifas/client`, `${NATIVES.length} in each region`, [
      ...failuresOf(attempts),
      ...elsewhere.map(({ name }) => `${name} is connected to another region`)
    ])
  }
}

export const compatible: Check = {
  title: 'compatible clients',
  async look(run) {
    if (!run.guestsAllowed) return skipped(NO_GUESTS)
    const attempts = await Promise.allSettled(
      run.regions.flatMap((region) => kinds.map((kind) => openCompatible(run, region, kind)))
    )
    run.compatible = successesOf(attempts)
    const elsewhere = run.compatible.filter((one) => (regionOf(run, one.machine()) ?? one.region) !== one.region)
    return judge(
      `${run.compatible.length} of socket.io-client`,
      `classic and course, by WebSocket and by polling, in each region${run.lobby ? '' : `; ${NO_LOBBY}`}`,
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
    const removeOwn = run.natives.flatMap(({ room, acknowledged }) =>
      acknowledged.map(({ id }) => room.remove.bind(room, id))
    )
    const all = [...removeFromLobby, ...removeOwn]
    const rest = all.values()
    const worker = async () => {
      for (const remove of rest) await remove()
    }
    const workers = Array.from({ length: REMOVALS_AT_ONCE }, () =>
      within(REMOVED_WITHIN_MS, 'removing messages', worker())
    )
    const attempts = await Promise.allSettled(workers)
    await Promise.all(run.natives.map((one) => one.close()))
    for (const { client } of run.compatible) client.close()
    return judge(`${all.length} messages`, 'removed, and all clients have left', failuresOf(attempts))
  }
}
