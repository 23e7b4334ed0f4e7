// Token buckets by key, in bounded memory. A bucket may be shared by members (the people behind one address): then the member
// that spends most is refused first.
import type { Clock } from '../clock.ts'

export interface Buckets {
  /**
   * Milliseconds until `key` can pay `cost`; 0 when it can. With a `member` the bucket is shared: members who recently spent less
   * than the average member may pay from a reserve while the bucket itself is empty.
   */
  wait(key: string, cost?: number, member?: string): number
  /** Takes `cost` tokens that `wait` has just found there. */
  pay(key: string, cost: number, member?: string): void
  /** Takes `cost` tokens and returns 0, or takes nothing and returns the wait. */
  take(key: string, cost?: number, member?: string): number
  /** Takes `cost` tokens even if the bucket lacks them: the debt delays what comes next. It never exceeds one burst. */
  owe(key: string, cost: number, member?: string): void
}

/** Beyond this many keys the least recently used one is dropped. A dropped key counts as full, which an unused one is. */
const KEYS_MAX = 50_000
/** Members of one bucket that are remembered. */
const MEMBERS_MAX = 1_000
/** The reserve of a shared bucket, as parts of its burst and of its rate. */
const RESERVE_BURST_PART = 0.25
const RESERVE_RATE_PART = 0.25
/** Spending counts as recent with this time constant. */
const RECENT_MS = 10_000
/** A member that spent nothing for this long no longer counts as one. */
const ACTIVE_MS = 30_000
const LOOK_EVERY_MS = 1_000

interface Recent {
  /** Tokens spent, decayed to the moment `at`. */
  spent: number
  at: number
}

interface Bucket {
  /** Negative: a debt. */
  tokens: number
  at: number
  /** Null until a member pays. */
  shared: Shared | null
}

interface Shared {
  reserve: number
  /** What all members spent. */
  all: Recent
  /** In order of last use. */
  members: Map<string, Recent>
  /** When the inactive members were last forgotten. */
  lookedAt: number
}

/** Buckets that hold `burst` tokens and gain `perSecond`. */
export function createBuckets(options: { burst: number; perSecond: number; clock: Clock }): Buckets {
  const { burst, perSecond, clock } = options
  const reserve = burst * RESERVE_BURST_PART
  const buckets = new Map<string, Bucket>()

  const fullBucket = (now: number): Bucket => ({ tokens: burst, at: now, shared: null })

  /** The bucket of `key` as of now; a new one isn't kept yet. */
  function bucketOf(key: string, now: number): Bucket {
    const known = buckets.get(key)
    if (!known) return fullBucket(now)
    // Deleting first keeps a map in order of last use; a refused call uses the bucket too.
    buckets.delete(key)
    buckets.set(key, known)
    const gained = (elapsed(known.at, now) / 1_000) * perSecond
    known.tokens = Math.min(burst, known.tokens + gained)
    const { shared } = known
    if (shared) shared.reserve = Math.min(reserve, shared.reserve + gained * RESERVE_RATE_PART)
    known.at = now
    return known
  }

  /** A full bucket pays for anything, or what costs more than a burst would never be done. */
  const hasTokens = ({ tokens }: Bucket, cost: number) => tokens >= Math.min(cost, burst)

  function waitOf(bucket: Bucket, cost: number, member: string | undefined, now: number): number {
    if (hasTokens(bucket, cost) || (member !== undefined && mayUseReserve(bucket, cost, member, now))) return 0
    return Math.ceil(((Math.min(cost, burst) - bucket.tokens) / perSecond) * 1_000)
  }

  /** The emptier the reserve, the further below the average a member has to be. */
  function mayUseReserve({ shared }: Bucket, cost: number, member: string, now: number): boolean {
    if (!shared || shared.reserve < Math.min(cost, reserve)) return false
    forgetInactive(shared, now)
    const { all, members } = shared
    const known = members.get(member)
    const average = recent(all, now) / (members.size + (known ? 0 : 1))
    return (known ? recent(known, now) : 0) < average * (shared.reserve / reserve)
  }

  function pay(key: string, bucket: Bucket, cost: number, member: string | undefined, now: number) {
    if (member === undefined || !bucket.shared || hasTokens(bucket, cost)) bucket.tokens -= cost
    else bucket.shared.reserve -= cost
    note(key, bucket, cost, member, now)
  }

  function note(key: string, bucket: Bucket, cost: number, member: string | undefined, now: number) {
    if (!buckets.has(key)) buckets.set(key, bucket)
    dropOldest(buckets, KEYS_MAX)
    if (member === undefined) return
    const shared = (bucket.shared ??= { reserve, all: { spent: 0, at: now }, members: new Map(), lookedAt: now })
    const { members } = shared
    members.set(member, add(take(members, member), cost, now))
    shared.all = add(shared.all, cost, now)
    dropOldest(members, MEMBERS_MAX)
  }

  return {
    wait(key, cost = 1, member) {
      const now = clock.now()
      return waitOf(bucketOf(key, now), cost, member, now)
    },
    pay(key, cost, member) {
      const now = clock.now()
      // `wait` has just refilled it and marked it as used.
      pay(key, buckets.get(key) ?? fullBucket(now), cost, member, now)
    },
    take(key, cost = 1, member) {
      const now = clock.now()
      const bucket = bucketOf(key, now)
      const wait = waitOf(bucket, cost, member, now)
      if (wait === 0) pay(key, bucket, cost, member, now)
      return wait
    },
    owe(key, cost, member) {
      const now = clock.now()
      const bucket = bucketOf(key, now)
      bucket.tokens = Math.max(-burst, bucket.tokens - cost)
      note(key, bucket, cost, member, now)
    }
  }
}

/** Once a second is enough: a map that loses its first keys is slow to walk again. */
function forgetInactive(shared: Shared, now: number) {
  if (elapsed(shared.lookedAt, now) < LOOK_EVERY_MS) return
  shared.lookedAt = now
  for (const [name, { at }] of shared.members) {
    if (elapsed(at, now) <= ACTIVE_MS) return
    shared.members.delete(name)
  }
}

/** A clock that is set back takes nothing away. */
const elapsed = (at: number, now: number) => Math.max(0, now - at)
const recent = ({ spent, at }: Recent, now: number) => spent * Math.exp(-elapsed(at, now) / RECENT_MS)
const add = (before: Recent | undefined, cost: number, now: number): Recent => ({
  spent: cost + (before ? recent(before, now) : 0),
  at: now
})

function take<V>(map: Map<string, V>, key: string): V | undefined {
  const value = map.get(key)
  map.delete(key)
  return value
}

/** Drops many at once when a map is full, as finding the first key of a map that has lost others is slow. */
export function dropOldest(map: Map<string, unknown>, max: number) {
  if (map.size <= max) return
  let surplus = Math.ceil(max / 10)
  for (const oldest of map.keys()) {
    map.delete(oldest)
    surplus -= 1
    if (surplus === 0) return
  }
}
