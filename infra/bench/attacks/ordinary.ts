// An ordinary person during an attack: writes four messages a second, while a newcomer signs in every second and a health check asks.
import { newSuffix } from '../../testing/new-suffix.ts'
import { setTimeout as wait } from 'node:timers/promises'
import type { Socket } from 'socket.io-client'
import { LOBBY, newId, type Reply } from '../../../src/contract.ts'
import { startChild } from '../../testing/child.ts'
import { clientFrom } from '../../testing/from-address.ts'
import { percentile } from '../../testing/statistics.ts'
import { ANSWER_WITHIN_MS, replyTo } from './attacker.ts'
import { prefer } from './priority.ts'

const SEND_EVERY_MS = 250
const ARRIVE_EVERY_MS = 1_000
const HEALTH_EVERY_MS = 100
/** What the promise says, and how many in a row count as recovered. */
export const ACK_PROMISE_MS = 200
export const HEALTH_PROMISE_MS = 100
const GOOD_IN_A_ROW = 4
const WORK_EVERY_MS = 400
const WORK_MS = 10
/** Answers after so much processor time. */
const WORKER = `require('node:http').createServer((_, response) => {
  const start = process.cpuUsage()
  const spent = () => { const { user, system } = process.cpuUsage(start); return user + system }
  let sum = 0
  while (spent() < ${WORK_MS * 1_000}) for (let nth = 0; nth < 100_000; nth += 1) sum = Math.imul(sum, 31) + nth
  response.end()
}).listen(0, '127.0.0.1', function () { console.log(JSON.stringify({ url: 'http://127.0.0.1:' + this.address().port })) })`

/** Outcomes of what an ordinary person does. Times in milliseconds; an operation without an answer counts as 30 s. */
export interface Experience {
  acks: number[]
  health: number[]
  sent: number
  /** Reasons of the refused messages; `lost` is no answer. */
  refused: string[]
  newcomers: number
  /** Newcomers who could not sign in and open the lobby. */
  turnedAway: number
  /** How many times longer than on a computer of its own a fixed piece of work took, in a process beside the server. */
  slowdown: number[]
}

export interface Ordinary {
  /** Of the present phase. */
  experience(): Experience
  /** Begins another phase with an experience of its own, and returns that of the last. */
  nextPhase(): Promise<Experience>
  /** Whether the person's first message of this phase is still there. */
  historyKept(): Promise<boolean>
  /**
   * Resolves with the seconds until four messages in a row are acknowledged as fast as this computer now may; null when that takes longer
   * than `withinMs`, or the server ends.
   */
  recovered(withinMs: number, isAlive: () => boolean): Promise<number | null>
  stop(): Promise<void>
}

/** @throws when the server does not let the person in before the attack */
export async function startOrdinary(url: string, address: string): Promise<Ordinary> {
  const client = clientFrom(address, url)
  const worker = await startChild({}, ['-e', WORKER])
  prefer(worker.process.pid ?? 0, 'measured')
  const beside = clientFrom(address, worker.url)
  let experience = newExperience()
  const session = await client.signIn(`Ordinary ${newSuffix()}`)
  if (!session) throw new Error('the ordinary person could not sign in')
  const { token } = session
  let socket = await enter(token)
  if (!socket) throw new Error('the ordinary person could not enter')
  let goodInARow = 0
  let working = false
  const stopped = new AbortController()

  let first = await sendFirst()
  const loops = [
    every(SEND_EVERY_MS, sendOne),
    every(ARRIVE_EVERY_MS, arriveOne),
    every(HEALTH_EVERY_MS, askHealth),
    every(WORK_EVERY_MS, measureSlowdown)
  ]
  return {
    experience: () => experience,
    async nextPhase() {
      const last = experience
      experience = newExperience()
      first = await sendFirst()
      return last
    },
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
      client.close()
      beside.close()
      await worker.end('SIGKILL')
    }
  }

  async function sendFirst(): Promise<string> {
    const id = newId()
    if (socket) await replyTo(socket, 'message:send', { room: LOBBY, id, text: 'the first message' })
    return id
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
    const { acks, refused } = experience
    experience.sent += 1
    if (!socket?.connected) socket = await within(enter(token))
    const text = `an ordinary message, number ${experience.sent}`
    const reply = socket && (await within(replyTo(socket, 'message:send', { room: LOBBY, id: newId(), text })))
    note(acks, start, reply)
    if (!reply?.ok) refused.push(reply?.reason ?? 'lost')
    const inTime = ACK_PROMISE_MS * (slownessOf(experience) || 1)
    goodInARow = reply?.ok && performance.now() - start < inTime ? goodInARow + 1 : 0
  }

  async function arriveOne() {
    const phase = experience
    phase.newcomers += 1
    const newcomer = await within(client.signIn(`Newcomer ${newSuffix()}`).catch(() => null))
    const entered = newcomer && (await within(enter(newcomer.token)))
    if (!entered) phase.turnedAway += 1
    entered?.disconnect()
  }

  async function askHealth() {
    const start = performance.now()
    const { health } = experience
    const answer = await client.ask('/health/live').catch(() => null)
    health.push(answer?.status === 200 ? performance.now() - start : ANSWER_WITHIN_MS)
  }

  async function measureSlowdown() {
    if (working) return
    working = true
    const start = performance.now()
    const { slowdown } = experience
    const answer = await beside.ask('/').catch(() => null)
    if (answer) slowdown.push(Math.max(1, (performance.now() - start) / WORK_MS))
    working = false
  }

  function note(times: number[], start: number, reply: Reply<unknown> | null) {
    // A refusal is an answer as well, but no acknowledgement.
    if (reply?.ok) times.push(performance.now() - start)
    else if (reply === null) times.push(ANSWER_WITHIN_MS)
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

const newExperience = (): Experience => ({
  acks: [],
  health: [],
  sent: 0,
  refused: [],
  newcomers: 0,
  turnedAway: 0,
  slowdown: []
})

/** The result, or null when none comes. */
function within<T>(work: Promise<T | null>): Promise<T | null> {
  return Promise.race([work, wait(ANSWER_WITHIN_MS, null, { ref: false })])
}

/** The 99th percentile; NaN of nothing. */
export const p99 = (times: number[]): number => percentile(times, 0.99)

/** How slow the computer was: 99 of 100 pieces of work took at most so many times longer than alone. */
export const slownessOf = ({ slowdown }: Pick<Experience, 'slowdown'>): number => p99(slowdown)
