// The leases of all other instances: bus messages bring changes at once, the store brings certainty. Decides when a missing lease means
// that its people are gone.
import type { BusMessage } from '../bus/messages.ts'
import type { Clock } from '../clock.ts'
import type { Lease } from './lease.ts'
import type { PresenceTiming } from './timing.ts'
import type { View } from './view.ts'

export type PresenceMessage = Extract<BusMessage, { kind: 'presence' }>

interface Known {
  instance: string
  version: number
  /** The mark of the last news. An answer to a call made before it proves nothing against it. */
  mark: number
  /**
   * `live`: in the store when last read. `missing`: not in the store, which cannot be believed yet. `ending`: its machine has
   * restarted, and its people are waited for.
   */
  state: 'live' | 'missing' | 'ending'
}

/** `onEnded`: a grace period is over, and the view has changed. */
export function createRemoteLeases(options: {
  view: View
  clock: Clock
  timing: PresenceTiming
  instance: string
  boot: string
  onEnded(): void
}) {
  const { view, clock, timing, instance, boot, onEnded } = options
  const leases = new Map<string, Known>()
  let marks = 0
  let failing = false
  /** Since when the store has answered every call and forgotten nothing. */
  let soundSince = -Infinity

  return {
    /** Call it before a call to the store. */
    mark: () => ++marks,

    /** The store did not answer. */
    failed() {
      failing = true
    },

    answered,

    /** The store answered, but has forgotten what it had confirmed. */
    forgotten() {
      soundSince = clock.now()
    },

    /**
     * Takes over what the store answered to the call marked `asked`. A missing lease is believed only from a store that has been sound
     * for a whole lease time. `cold`: no client here was told anything lately, so the answer is taken over as it is, unless the call
     * before got none.
     */
    merge(found: Lease[], { asked, cold }: { asked: number; cold: boolean }) {
      const isBelieved = !failing && (cold || clock.now() - soundSince >= timing.leaseMs)
      answered()
      const present = new Set<string>()
      for (const lease of found.filter(isAlive)) {
        present.add(idOf(lease))
        learn(lease)
      }
      for (const [id, known] of leases) {
        if (present.has(id) || known.mark > asked || known.state === 'ending') continue
        known.state = 'missing'
        if (!isBelieved) continue
        if (!cold && found.some((lease) => lease.instance === known.instance)) waitForPeople(id, known)
        else end(id)
      }
    },

    /** Applies a change of another instance. `behind`: a message before it was lost, and only reading the store helps. */
    onMessage(message: PresenceMessage): 'applied' | 'known' | 'behind' {
      const id = idOf(message)
      if (!isAlive(message)) return 'known'
      const known = leases.get(id) ?? unknown(message)
      if (message.version <= known.version) return 'known'
      const isWhole = message.first === true && known.version === 0
      if (message.since !== known.version && !isWhole) return 'behind'
      update(id, known, message.version)
      if (message.moving) view.move(id)
      for (const { room, who } of message.left) view.drop(id, room, who.key)
      for (const { room, who } of message.joined) view.put(id, room, who)
      return 'applied'
    },

    /** Milliseconds for which the store has been sound. */
    soundFor: (): number => (failing ? 0 : clock.now() - soundSince),

    /** Some of the people shown are known from earlier only. */
    get stale() {
      return failing || [...leases.values()].some(({ state }) => state === 'missing')
    }
  }

  function answered() {
    if (failing) soundSince = clock.now()
    failing = false
  }

  /** The own lease is not remote, and earlier boots of this machine are dead unless their people are still moving. */
  function isAlive(lease: Pick<Lease, 'instance' | 'boot' | 'moving'>) {
    return lease.instance !== instance || (lease.boot !== boot && lease.moving)
  }

  function learn(lease: Lease) {
    const id = idOf(lease)
    const known = leases.get(id) ?? unknown(lease)
    update(id, known, Math.max(known.version, lease.version))
    if (lease.version >= known.version) view.replace(id, lease)
  }

  function update(id: string, known: Known, version: number) {
    const state = known.state === 'missing' ? 'live' : known.state
    leases.set(id, { ...known, version, state, mark: ++marks })
  }

  /** The restarted machine swept its earlier lease: its people lost their connection just now and may be back in a moment. */
  function waitForPeople(id: string, known: Known) {
    known.state = 'ending'
    view.move(id)
    clock.after(timing.lostHoldMs, () => {
      if (leases.get(id)?.state !== 'ending') return
      end(id)
      onEnded()
    })
  }

  function end(id: string) {
    view.end(id)
    leases.delete(id)
  }
}

const idOf = ({ instance, boot }: { instance: string; boot: string }) => `${instance}:${boot}`
const unknown = ({ instance }: { instance: string }): Known => ({ instance, version: 0, mark: 0, state: 'live' })
