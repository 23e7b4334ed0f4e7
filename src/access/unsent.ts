// One budget for the bytes that wait for clients to read them: buffered WebSocket frames, packets for polls, HTTP answers. A client may
// read as slowly as it likes, so the sum is limited: for each address, and for the process.
import type { ServerResponse } from 'node:http'
import { emptyTally } from './byte-tally.ts'
import type { Cancel, Clock } from '../clock.ts'
import type { UnsentLimits } from './unsent-limits.ts'

/** Anything that buffers bytes for one client. */
export interface Receiver {
  /** The key of client-address.ts. */
  address: string
  /** Bytes that wait at the moment. */
  unsent(): number
  /** It is cut when more bytes wait than this; undefined when only the budgets count. */
  unsentMax?: number
  /** Ends it and frees its bytes. */
  cut(): void
}

export interface UnsentBudget {
  /** Counts a receiver until it is removed. */
  add(receiver: Receiver): void
  remove(receiver: Receiver): void
  /**
   * Waits up to two seconds until `address` may have `bytes` more. Then it frees memory by cutting the receivers of this address that
   * hold the most, or those of the heaviest address when the process has no memory left.
   * @returns a function to call with the bytes that wait once the answer is written; null when there is no memory
   */
  reserve(address: string, bytes: number): Promise<((unsent: number) => void) | null>
  close(): void
}

/** A reservation that waits. `done`: it is made, or there is no memory. */
interface Waiting {
  bytes: number
  until: number
  done(isMade: boolean): void
}

/** Between two measurements, reservations are added up. */
const MEASURE_EVERY_MS = 100
const CHECK_EVERY_MS = 1_000
/** Longer than a page takes on a slow connection. */
const WAIT_MS = 2_000
/** Part of a budget for answers. The rest is for events, which clients have not requested. */
const RESERVABLE = 0.75

/** `onCut` gets the waiting bytes of each receiver that is cut. */
export function createUnsentBudget(options: {
  limits: UnsentLimits
  clock: Clock
  onCut(bytes: number): void
}): UnsentBudget {
  const { limits, clock, onCut } = options
  const receivers = new Set<Receiver>()
  /** Bytes that waited at the last measurement, and since then were written or will be. */
  let measured = emptyTally()
  let written = emptyTally()
  const inFlight = emptyTally()
  let measuredAt = -Infinity
  /**
   * Reservations that wait, by address, in order. They are looked at when an answer is written, and after each measurement; in a crowd of
   * one address only as many as have room.
   */
  const queues = new Map<string, Set<Waiting>>()
  let freed: NodeJS.Immediate | undefined
  let stopMeasuring: Cancel | null = null
  let stopChecking = clock.after(CHECK_EVERY_MS, check)

  /** Reserves for those of each address that have waited longest. */
  function serve() {
    for (const [address, queue] of queues)
      for (const waiting of queue) {
        if (!fits(null, waiting.bytes)) return
        if (!fits(address, waiting.bytes)) break
        settle(address, waiting, true)
      }
  }

  function settle(address: string, waiting: Waiting, isMade: boolean) {
    const queue = queues.get(address)
    if (queue?.delete(waiting) && queue.size === 0) queues.delete(address)
    if (isMade) inFlight.add(address, waiting.bytes)
    waiting.done(isMade)
  }

  function measureForQueue() {
    stopMeasuring = null
    measure()
    serve()
    for (const [address, queue] of queues)
      for (const waiting of queue) {
        const { bytes, until } = waiting
        if (clock.now() < until) break
        makeRoom(address, bytes)
        settle(address, waiting, fits(address, bytes))
      }
    if (queues.size > 0) stopMeasuring = clock.after(MEASURE_EVERY_MS, measureForQueue)
  }

  function measure() {
    measured = emptyTally()
    written = emptyTally()
    measuredAt = clock.now()
    receivers.forEach(measureOne)
  }

  function measureOne(receiver: Receiver) {
    const unsent = receiver.unsent()
    if (unsent > (receiver.unsentMax ?? Infinity)) cutOne(receiver, unsent)
    else if (unsent > 0) measured.add(receiver.address, unsent)
  }

  const expected = (address: string | null) => measured.of(address) + written.of(address) + inFlight.of(address)
  const fits = (address: string | null, bytes: number) =>
    (address === null || expected(address) + bytes <= limits.addressBytes * RESERVABLE) &&
    expected(null) + bytes <= limits.processBytes * RESERVABLE

  function cutOne(receiver: Receiver, unsent: number) {
    receivers.delete(receiver)
    onCut(unsent)
    receiver.cut()
  }

  /** Cuts the heaviest receivers of an address until at most `bytes` wait for it, or for the process. */
  function cutTo(bytes: number, address: string, scope: string | null) {
    const heaviest = [...receivers]
      .filter((receiver) => receiver.address === address)
      .map((receiver) => ({ receiver, unsent: receiver.unsent() }))
      .toSorted((a, b) => b.unsent - a.unsent)
    for (const { receiver, unsent } of heaviest) {
      if (unsent === 0 || measured.of(scope) <= bytes) return
      measured.add(address, -unsent)
      cutOne(receiver, unsent)
    }
  }

  function keepWithin(addressBytes: number, processBytes: number) {
    for (const address of measured.heaviestFirst()) {
      if (measured.of(address) > addressBytes) cutTo(addressBytes, address, address)
    }
    for (const address of measured.heaviestFirst()) {
      if (measured.of(null) <= processBytes) return
      cutTo(processBytes, address, null)
    }
  }

  function check() {
    measure()
    keepWithin(limits.addressBytes, limits.processBytes)
    stopChecking = clock.after(CHECK_EVERY_MS, check)
  }

  function makeRoom(address: string, bytes: number) {
    const room = (limit: number) => Math.max(0, limit * RESERVABLE - bytes)
    if (measured.of(address) > room(limits.addressBytes)) cutTo(room(limits.addressBytes), address, address)
    if (measured.of(null) > room(limits.processBytes)) keepWithin(limits.addressBytes, room(limits.processBytes))
  }

  return {
    add: (receiver) => void receivers.add(receiver),
    remove: (receiver) => void receivers.delete(receiver),

    async reserve(address, bytes) {
      if (!fits(address, bytes) && clock.now() - measuredAt >= MEASURE_EVERY_MS) measure()
      if (fits(address, bytes)) inFlight.add(address, bytes)
      else {
        const { promise, resolve: done } = Promise.withResolvers<boolean>()
        const queue = queues.get(address) ?? new Set<Waiting>()
        queues.set(address, queue.add({ bytes, until: clock.now() + WAIT_MS, done }))
        stopMeasuring ??= clock.after(MEASURE_EVERY_MS, measureForQueue)
        if (!(await promise)) return null
      }
      let settled = false
      return (unsent) => {
        if (settled) return
        settled = true
        inFlight.add(address, -bytes)
        written.add(address, unsent)
        // Once for all answers of a turn.
        freed ??= setImmediate(() => {
          freed = undefined
          serve()
        })
      }
    },

    close() {
      stopChecking()
      stopMeasuring?.()
    }
  }
}

/** Counts an HTTP answer until it is sent. */
export function countAnswer(
  budget: Pick<UnsentBudget, 'add' | 'remove'>,
  address: string,
  response: ServerResponse
): void {
  const answer: Receiver = { address, unsent: () => response.writableLength, cut: () => response.destroy() }
  budget.add(answer)
  response.once('close', () => budget.remove(answer))
}
