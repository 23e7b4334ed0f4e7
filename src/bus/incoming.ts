// Which of all that arrives is applied: what decrypts, is recent and was not read before.
import * as v from 'valibot'
import type { Clock } from '../clock.ts'
import type { BusMessage } from './messages.ts'
import { createReplayGuard } from './replay-guard.ts'

/** A rejected entry is logged once, and again after this long without one of its kind. */
const REJECTED_QUIET_MS = 10 * 60_000

/** The decrypted content of an entry. */
const envelope = v.pipe(
  v.object({
    from: v.string(),
    number: v.pipe(v.number(), v.safeInteger(), v.minValue(1)),
    at: v.optional(v.number()),
    letter: v.unknown()
  }),
  v.transform(({ letter: payload, ...rest }) => ({ ...rest, payload }))
)
export type Content = v.InferOutput<typeof envelope>

/** Why an entry of the stream, or a push, is not applied. */
export type RejectedEntry = 'foreign' | 'undecryptable' | 'old' | 'repeated'
const rejections: Record<RejectedEntry, string> = {
  foreign:
    'The bus holds an entry that is not one of its encrypted messages. It was ignored. Does something else write to this Redis?',
  undecryptable: 'A bus message could not be decrypted and was ignored. Do all instances have the same SESSION_SECRET?',
  old: 'A bus message was ignored because it is too old. Do the clocks of all instances agree within 5 minutes?',
  repeated: 'A bus message arrived a second time and was ignored. Somebody may have written it to this Redis again.'
}

export function createIncoming(options: {
  decrypt(text: string): unknown
  clock: Clock
  /** Receives each message that is applied. */
  deliver(message: BusMessage): void
  onRejected(why: RejectedEntry): void
  onError(cause: unknown): void
}) {
  const { decrypt, clock, deliver, onRejected, onError } = options
  const guard = createReplayGuard(clock)
  /** When an entry of each kind was last rejected. */
  const rejectedAt = new Map<RejectedEntry, number>()

  function reject(why: RejectedEntry) {
    onRejected(why)
    const before = rejectedAt.get(why)
    rejectedAt.set(why, clock.now())
    if (before === undefined || clock.now() - before > REJECTED_QUIET_MS) onError(new Error(rejections[why]))
  }

  /**
   * Never throws, so reading goes on. `encrypted`: null when there is no message at all. `read`: the message to deliver, if any.
   * `isExpected`: whether it may come this way.
   */
  return (
    encrypted: string | null,
    read: (content: Content) => BusMessage | null,
    isExpected: (content: Content) => boolean = () => true
  ): void => {
    try {
      const decrypted = encrypted === null ? null : v.safeParse(envelope, decrypt(encrypted))
      if (decrypted?.success === false) return reject('undecryptable')
      if (!decrypted || !isExpected(decrypted.output)) return reject('foreign')
      const verdict = guard.check(decrypted.output)
      if (verdict !== 'ok') return reject(verdict)
      const message = read(decrypted.output)
      if (message) deliver(message)
    } catch (cause) {
      onError(cause)
    }
  }
}
