// The leases of all other instances, as far as this one knows: from letters at once, from the store for certain. Decides when
// a lease that is missing means that its people have gone.
import type { Present } from '../contract.ts'
import type { Lease } from './store.ts'
import type { Clock } from '../clock.ts'
import { namesIn } from './lease-rooms.ts'
import type { BusMessage } from '../bus/messages.ts'
import type { PresenceTiming } from './timing.ts'
import type { Union } from './view.ts'

export type PresenceMessage = Extract<BusMessage, { kind: 'presence' }>

interface Known {
  instance: string
  version: number
  /** When it was last heard of, as a mark: news that was asked for earlier proves nothing against it. */
  heard: number
  /** The store no longer holds it, and can't be believed yet. */
  missing: boolean
  /** Its machine has started anew, and its people are waited for. */
  ending: boolean
}

/** What an answer of the store is worth. */
export interface Answer {
  leases: Lease[]
  /** The mark taken when it was asked. */
  asked: number
  /** Nobody was here lately, so nobody was told anything: what it says is simply taken over, unless the last answer was none. */
  afresh: boolean
}

export type World = ReturnType<typeof createWorld>

export function createWorld(options: {
  union: Union
  clock: Clock
  timing: PresenceTiming
  instance: string
  boot: string
  /** Something changed by itself, as time passed. */
  onPassed(): void
}) {
  const { union, clock, timing, instance, boot, onPassed } = options
  const leases = new Map<string, Known>()
  let marks = 0
  let failing = false
  /** Since when the store has answered and remembered everything. */
  let soundSince = -Infinity

  return {
    mark: () => ++marks,

    /** The store did not answer. */
    lose() {
      failing = true
    },

    /** The store answered, and said nothing of leases. */
    answered,

    /** The store answered, but had forgotten what it once confirmed. */
    forgotten() {
      soundSince = clock.now()
    },

    /** Takes over what the store says. Silence is not absence: only a store that answered for a whole lease time without a gap is believed that a lease is gone. */
    absorb({ leases: found, asked, afresh }: Answer) {
      const wasFailing = failing
      answered()
      const present = new Set<string>()
      for (const lease of found) {
        if (isDead(lease)) continue
        present.add(idOf(lease))
        learn(lease)
      }
      const believed = (afresh && !wasFailing) || clock.now() - soundSince >= timing.leaseMs
      for (const [id, known] of leases) {
        if (present.has(id) || known.heard > asked || known.ending) continue
        known.missing = true
        if (!believed) continue
        if (!afresh && found.some((lease) => lease.instance === known.instance)) awaitPeople(id, known)
        else end(id)
      }
    },

    /** Applies a change of another instance. `behind` when a letter before it was lost: only reading helps. */
    hear(letter: PresenceMessage): 'applied' | 'known' | 'behind' {
      const id = idOf(letter)
      if (isDead(letter)) return 'known'
      const known = leases.get(id) ?? fresh(letter)
      if (letter.version <= known.version) return 'known'
      const isWhole = letter.first === true && known.version === 0
      if (letter.since !== known.version && !isWhole) return 'behind'
      leases.set(id, { ...known, version: letter.version, heard: ++marks, missing: false })
      if (letter.moving) union.move(id)
      for (const { room, who } of letter.left) union.drop(id, room, who.key)
      for (const { room, who } of letter.joined) union.put(id, room, who)
      return 'applied'
    },

    /** Milliseconds for which the store has answered and remembered everything. */
    soundFor: (): number => (failing ? 0 : clock.now() - soundSince),

    /** Some of those shown are known from earlier only. */
    get stale() {
      return failing || [...leases.values()].some(({ missing, ending }) => missing && !ending)
    }
  }

  function answered() {
    if (failing) soundSince = clock.now()
    failing = false
  }

  /** The own lease is not news, and earlier boots of this machine are dead unless their people are still on the move. */
  function isDead(lease: Pick<Lease, 'instance' | 'boot' | 'moving'>) {
    return lease.instance === instance && (lease.boot === boot || !lease.moving)
  }

  function learn(lease: Lease) {
    const id = idOf(lease)
    const known = leases.get(id) ?? fresh(lease)
    const old = lease.version < known.version
    leases.set(id, { ...known, version: old ? known.version : lease.version, heard: ++marks, missing: false })
    if (old) return
    if (lease.moving) union.move(id)
    for (const room of union.roomsOf(id)) {
      const keys = new Set(lease.rooms.get(room)?.keys)
      const crowd = (lease.rooms.get(room)?.count ?? 0) > keys.size
      for (const key of union.keysOf(id, room)) if (!keys.has(key)) union.drop(id, room, key, crowd)
      if (!lease.rooms.has(room)) union.setCrowd(id, room, null)
    }
    const elsewhere = namesIn(lease.rooms)
    for (const [room, { count, keys, people }] of lease.rooms) {
      const named = new Map(people.map((who) => [who.key, who]))
      const wasCrowd = union.isCrowd(id, room)
      for (const key of keys)
        union.put(id, room, named.get(key) ?? elsewhere.get(key) ?? nameless(key, lease.region), wasCrowd)
      union.setCrowd(id, room, count > keys.length ? { count, region: lease.region, people } : null)
    }
  }

  /** A machine that started anew swept its earlier lease: its people lost their connection just now and may be back in a moment. */
  function awaitPeople(id: string, known: Known) {
    known.ending = true
    union.move(id)
    clock.after(timing.lostHoldMs, () => {
      if (!leases.get(id)?.ending) return
      end(id)
      onPassed()
    })
  }

  function end(id: string) {
    union.end(id)
    leases.delete(id)
  }

  function fresh({ instance }: { instance: string }): Known {
    return { instance, version: 0, heard: 0, missing: false, ending: false }
  }
}

const idOf = ({ instance, boot }: { instance: string; boot: string }) => `${instance}:${boot}`
const nameless = (key: string, region: string): Present => ({ key, name: '', guest: false, region })
