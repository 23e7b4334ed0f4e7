// What a word costs: a token of the connection, of the person and of the address it comes from.
import { ChatError } from './chat-error.ts'
import type { Clock } from './clock.ts'
import { createBuckets } from './rate-limit.ts'

/** Many people may share one address (a classroom, an office), so its bucket is this many times a person's. */
const ADDRESS_SHARE = 10

export interface Payer {
  connection?: string
  person: { id: string } | null
  address: string
}

/** @throws ChatError too-fast, with the time until the next word may be said */
export type Charge = (payer: Payer) => void

/** `burst` tokens at once, and `perSecond` more each second. */
export function createCharge({ burst, perSecond, clock }: { burst: number; perSecond: number; clock: Clock }): Charge {
  const perConnection = createBuckets({ burst, perSecond, clock })
  const perPerson = createBuckets({ burst, perSecond, clock })
  const perAddress = createBuckets({ burst: burst * ADDRESS_SHARE, perSecond: perSecond * ADDRESS_SHARE, clock })

  return ({ connection, person, address }) => {
    const buckets = [
      ...(connection ? [[perConnection, connection] as const] : []),
      ...(person ? [[perPerson, person.id] as const] : []),
      [perAddress, address] as const
    ]
    const wait = Math.max(...buckets.map(([bucket, key]) => bucket.wait(key)))
    // Who is refused on one account pays nothing on the others.
    if (wait > 0) throw new ChatError('too-fast', wait)
    for (const [bucket, key] of buckets) bucket.take(key)
  }
}
