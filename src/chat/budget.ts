// The rate limit of every request to this process. The cost of an operation is taken from the buckets of the connection, the person,
// the address and the process. A request without enough tokens is refused before any work is done.
import { hash } from 'node:crypto'
import { createBudgetSharing, type BudgetSharing } from './budget-sharing.ts'
import { ChatError } from '../errors.ts'
import type { Clock } from '../clock.ts'
import type { BusMessage, Bus } from '../bus/messages.ts'
import { createBuckets, type Buckets } from './rate-limit.ts'

/** Many people may share one address (a classroom, an office), so its bucket is this many times a person's. */
const ADDRESS_SHARE = 10
/** Strangers behind one address together write as much at once as the address may do, and then at this part of its rate. */
const STRANGER_RATE_PART = 0.1
/** The bucket of the whole process, as many times a person's. */
const PROCESS_SHARE = 250
/** New rooms from one address at once, and in an hour: each person of a classroom may create one. */
const ROOMS_PER_ADDRESS = 30
const HOUR_SECONDS = 60 * 60
/** New names from one address at once, and in a day, as many times a person's operations: all people behind it may come in. */
const NAMES_SHARE = 10
const DAY_SECONDS = 24 * HOUR_SECONDS
const PROCESS = 'process'
/** Everyone behind an address who has neither a session nor a connection yet: one member of its bucket. */
const STRANGERS = 'strangers'
/** What other instances took from an address here: one member of its bucket. */
const ELSEWHERE = 'elsewhere'

export interface Spender {
  connection?: string
  /** Null for a stranger: a guest, or a program without a session. */
  person: { id: string } | null
  /** An IPv4 address or an IPv6 /64. */
  address: string
}

export type BudgetName = 'connection' | 'person' | 'address' | 'strangers' | 'process'

/** What stays in the store for long, and is counted by address. */
export type Lasting = 'rooms' | 'names'

export interface Budget {
  /**
   * Takes `cost` tokens. Takes nothing when it refuses.
   * @throws ChatError too-fast, with the time until the same can be paid
   */
  spend(spender: Spender, cost: number, kind?: 'read' | 'write'): void
  /** Takes what became known only afterwards, such as the bytes of an answer. Never refuses: the debt delays what comes next. */
  owe(spender: Spender, cost: number): void
  /** Milliseconds until a new room or a new person's name may come from this address; 0 at once. */
  wait(kind: Lasting, address: string): number
  /** One came from this address. */
  created(kind: Lasting, address: string): void
  /** Takes in what was spent at other instances. */
  onMessage(message: Extract<BusMessage, { kind: 'spent' }>): void
}

/** One bucket that pays for an operation. */
interface Share {
  budget: BudgetName
  key: string
  member?: string
}

/** `burst` and `perSecond`: the tokens of a connection and of a person. Without a `bus` nothing is shared with other instances. */
export function createBudget(options: {
  burst: number
  perSecond: number
  clock: Clock
  bus: Bus | null
  onExceeded?(budget: BudgetName): void
}): Budget {
  const { clock, bus, onExceeded = () => {} } = options
  const rate = (burstShare: number, rateShare = burstShare) => ({
    burst: options.burst * burstShare,
    perSecond: options.perSecond * rateShare,
    clock
  })
  const rates = {
    connection: rate(1),
    person: rate(1),
    address: rate(ADDRESS_SHARE),
    strangers: rate(ADDRESS_SHARE, ADDRESS_SHARE * STRANGER_RATE_PART),
    process: rate(PROCESS_SHARE)
  } satisfies Record<BudgetName, unknown>
  const names = options.burst * NAMES_SHARE
  const lastingRates = {
    rooms: { burst: ROOMS_PER_ADDRESS, perSecond: ROOMS_PER_ADDRESS / HOUR_SECONDS, clock },
    names: { burst: names, perSecond: names / DAY_SECONDS, clock }
  }
  const lasting = { rooms: createBuckets(lastingRates.rooms), names: createBuckets(lastingRates.names) }
  const buckets: Record<BudgetName, Buckets> = {
    connection: createBuckets(rates.connection),
    person: createBuckets(rates.person),
    address: createBuckets(rates.address),
    strangers: createBuckets(rates.strangers),
    process: createBuckets(rates.process)
  }
  /** A connection and a process belong to one instance; the rest is shared. */
  const sharing: Partial<Record<BudgetName | Lasting, BudgetSharing>> = bus
    ? {
        person: createBudgetSharing({ ...rates.person, bus }),
        address: createBudgetSharing({ ...rates.address, bus }),
        strangers: createBudgetSharing({ ...rates.strangers, bus }),
        rooms: createBudgetSharing({ ...lastingRates.rooms, bus }),
        names: createBudgetSharing({ ...lastingRates.names, bus })
      }
    : {}

  const keyOf = (kind: BudgetName | Lasting, id: string) => `${kind} ${bus ? hashOf(id) : id}`

  function sharesOf({ connection, person, address }: Spender, kind: 'read' | 'write'): Share[] {
    const member = person?.id ?? connection ?? STRANGERS
    const shares: Share[] = [
      { budget: 'address', key: keyOf('address', address), member },
      { budget: 'process', key: PROCESS, member: address }
    ]
    // A person's budget is that of one connection, however many they have.
    if (person) shares.push({ budget: 'person', key: keyOf('person', person.id) })
    else if (connection !== undefined) shares.push({ budget: 'connection', key: connection })
    if (!person && kind === 'write') shares.push({ budget: 'strangers', key: keyOf('strangers', address), member })
    return shares
  }

  function take(how: 'pay' | 'owe', shares: Share[], cost: number) {
    for (const { budget, key, member } of shares) {
      buckets[budget][how](key, cost, member)
      sharing[budget]?.note(key, cost)
    }
  }

  return {
    spend(spender, cost, kind = 'read') {
      const shares = sharesOf(spender, kind)
      let longest = 0
      for (const { budget, key, member } of shares) {
        const wait = buckets[budget].wait(key, cost, member)
        if (wait > 0) onExceeded(budget)
        longest = Math.max(longest, wait)
      }
      // A call that one bucket refuses costs nothing in the others.
      if (longest > 0) throw new ChatError('too-fast', longest)
      take('pay', shares, cost)
    },

    owe(spender, cost) {
      if (cost > 0) take('owe', sharesOf(spender, 'read'), cost)
    },

    wait: (kind, address) => lasting[kind].wait(keyOf(kind, address)),

    created(kind, address) {
      const key = keyOf(kind, address)
      lasting[kind].owe(key, 1)
      sharing[kind]?.note(key, 1)
    },

    onMessage({ spent }) {
      for (const { key, cost } of spent)
        if (key.startsWith('person ')) buckets.person.owe(key, cost)
        else if (key.startsWith('address ')) buckets.address.owe(key, cost, ELSEWHERE)
        else if (key.startsWith('strangers ')) buckets.strangers.owe(key, cost, ELSEWHERE)
        else if (key.startsWith('rooms ')) lasting.rooms.owe(key, cost)
        else if (key.startsWith('names ')) lasting.names.owe(key, cost)
    }
  }
}

/** Names a bucket to other instances without naming the person or the address. */
/** Names a person or an address but does not reveal which. */
export const hashOf = (id: string) => hash('sha256', id, 'base64url').slice(0, 22)
