// An ordinary person during an attack: writes four messages a second, while a newcomer signs in every second and a health check asks.
import { setTimeout as wait } from 'node:timers/promises'
import type { Socket } from 'socket.io-client'
import { LOBBY, newId, type Reply } from '../../../src/contract.ts'
import { clientFrom } from '../../testing/from-address.ts'
import { replyTo } from './attacker.ts'

const SEND_EVERY_MS = 250
const ARRIVE_EVERY_MS = 1_000
const HEALTH_EVERY_MS = 100
/** What the promise says, and how many in a row count as recovered. */
export const ACK_PROMISE_MS = 200
export const HEALTH_PROMISE_MS = 100
const GOOD_IN_A_ROW = 4
const NEVER_MS = 10_000

/** Outcomes of what an ordinary person does. Times in milliseconds; an operation without an answer counts as 10 s. */
export interface Experience {
  acks: number[]
  health: number[]
  sent: number
  /** Reasons of the refused messages; `lost` is no answer. */
  refused: string[]
  newcomers: number
  /** Newcomers who could not sign in and open the lobby. */
  turnedAway: number
}

export interface Ordinary {
  experience: Experience
  /** Whether the first message of the room is still there. */
  historyKept(): Promise<boolean>
  /**
   * Resolves with the seconds until four messages in a row are acknowledged in time; null when that takes longer than `withinMs`, or
   * the server ends.
   */
  recovered(withinMs: number, isAlive: () => boolean): Promise<number | null>
  stop(): Promise<void>
}

/** @throws when the server does not let the person in before the attack */
export async function startOrdinary(url: string, address: string): Promise<Ordinary> {
  const client = clientFrom(address, url)
  const experience: Experience = { acks: [], health: [], sent: 0, refused: [], newcomers: 0, turnedAway: 0 }
  const session = await client.signIn(`Ordinary ${newId()}`)
  if (!session) throw new Error('the ordinary person could not sign in')
  const { token } = session
  let socket = await enter(token)
  if (!socket) throw new Error('the ordinary person could not enter')
  let goodInARow = 0
  const stopped = new AbortController()

  const first = newId()
  await replyTo(socket, 'message:send', { room: LOBBY, id: first, text: 'the first message' })
  const loops = [every(SEND_EVERY_MS, sendOne), every(ARRIVE_EVERY_MS, arriveOne), every(HEALTH_EVERY_MS, askHealth)]
  return {
    experience,
    async historyKept() {
      const reaction = { room: LOBBY, id: newId(), message: first, emoji: '👍', on: true }
      const reply = socket && (await replyTo(socket, 'message:react', reaction))
      return reply !== null && reply.ok
    },
    async recovered(withinMs, isAlive) {
      const start = performance.now()
      goodInARow = 0
      while (performance.now() - start < withinMs && isAlive()) {
        if (goodInARow >= GOOD_IN_A_ROW) return (performance.now() - start) / 1_000
        await wait(20)
      }
      return null
    },
    async stop() {
      stopped.abort()
      socket?.disconnect()
      await Promise.all(loops)
      client.agent.destroy()
    }
  }

  async function enter(withToken: string): Promise<Socket | null> {
    const entered = await client.connectNative(withToken)
    if (!entered) return null
    const opened = await replyTo(entered, 'room:open', { room: LOBBY })
    if (opened?.ok) return entered
    entered.disconnect()
    return null
  }

  async function sendOne() {
    const start = performance.now()
    experience.sent += 1
    if (!socket?.connected) socket = await within(enter(token))
    const text = `an ordinary message, number ${experience.sent}`
    const reply = socket && (await within(replyTo(socket, 'message:send', { room: LOBBY, id: newId(), text })))
    note(experience.acks, start, reply)
    if (!reply?.ok) experience.refused.push(reply?.reason ?? 'lost')
    goodInARow = reply?.ok && performance.now() - start < ACK_PROMISE_MS ? goodInARow + 1 : 0
  }

  async function arriveOne() {
    experience.newcomers += 1
    const newcomer = await within(client.signIn(`Newcomer ${newId()}`).catch(() => null))
    const entered = newcomer && (await within(enter(newcomer.token)))
    if (!entered) experience.turnedAway += 1
    entered?.disconnect()
  }

  async function askHealth() {
    const start = performance.now()
    const answer = await client.ask('/health/live').catch(() => null)
    experience.health.push(answer?.status === 200 ? performance.now() - start : NEVER_MS)
  }

  function note(times: number[], start: number, reply: Reply<unknown> | null) {
    // A refusal is an answer as well, but no acknowledgement.
    if (reply?.ok) times.push(performance.now() - start)
    else if (reply === null) times.push(NEVER_MS)
  }

  /** Starts one after another, without waiting for the answers. */
  async function every(ms: number, work: () => Promise<void>) {
    const waiting = new Set<Promise<void>>()
    while (!stopped.signal.aborted) {
      const one = work().finally(() => waiting.delete(one))
      waiting.add(one)
      await wait(ms)
    }
    await Promise.all(waiting)
  }
}

/** The result, or null after 10 s. */
function within<T>(work: Promise<T | null>): Promise<T | null> {
  return Promise.race([work, wait(NEVER_MS, null, { ref: false })])
}

/** The 99th percentile; NaN of nothing. */
export function p99(times: number[]): number {
  const sorted = times.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * 0.99))] ?? NaN
}
