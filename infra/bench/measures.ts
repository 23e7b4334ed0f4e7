// What is measured of each contender. Every measure starts with a fresh server.
import { setTimeout as wait } from 'node:timers/promises'
import { median, percentile } from '../testing/statistics.ts'
import { until } from '../testing/until.ts'
import type { Client, Person } from './dialects.ts'
import type { Contender } from './contenders.ts'
import { ownBytes, processorUs } from './process-cost.ts'

/** Every message has this many characters. */
const MESSAGE_CHARACTERS = 80
/** On a machine that does something else besides, the slowest peers fall behind by this much. */
const DELIVERED_WITHIN_MS = 60_000
/** Clients that connect at the same time. */
const AT_ONCE = 100
/** They join before others are measured, and stay. */
const WARM_UP_PEOPLE = 300
/** Memory is read once the server has been left alone for so long. */
const SETTLE_MS = 1_000
/** By then a crowd that joined is compiled and collected. */
const TIDIED_AFTER_MS = 15_000
/** Every connection is pinged meanwhile: stock Socket.IO pings a crowd that came at once every 25 s, also at once. */
const IDLE_MS = 25_000
/** Messages whose cost is measured before and after growth. */
const GROWTH_SAMPLE = 3_000
const MARK = /~(\d+)~/g

export interface FanOut {
  receivers: number
  senders: number
  /** Messages per second, one rate after the other on one server, which is warm at the last. */
  rates: readonly number[]
  /** Before the first rate, at that rate. */
  warmUpMs: number
  /** For each rate. */
  forMs: number
  /** How many commands the contender's Redis has executed so far. */
  commands?: () => Promise<number>
}

/** Per delivered message, unless it says otherwise. */
export interface FanOutCost {
  us: number
  bytes: number
  /** The same for those that came in frames of so many; NaN when none did. */
  bytesIn(messages: number): number
  p50Ms: number
  p99Ms: number
  /** What was sent in all, and how long it took until all had it. */
  sent: number
  forMs: number
  /** Frames that each client received. */
  frames: number
  /** Commands that its Redis executed, for each message that was sent; NaN when nobody counts them. */
  commands: number
}

/**
 * Senders speak in turn, evenly; all receive everything, in some dialects without their own. @throws Error when something is not received
 */
export async function measureFanOut(contender: Contender, fanOut: FanOut): Promise<FanOutCost[]> {
  const { receivers, senders, rates, warmUpMs } = fanOut
  return withServer(contender, async (server, pid) => {
    const clients = await connectAll(await people(contender, server, receivers + senders))
    await speak(clients.slice(0, senders), rates[0] ?? 1, warmUpMs, () => WARM_UP_TEXT)
    const costs: FanOutCost[] = []
    for (const perSecond of rates) {
      await wait(SETTLE_MS)
      costs.push(await measureRate(contender, pid, clients, { ...fanOut, perSecond }))
    }
    return costs
  })
}

async function measureRate(
  contender: Contender,
  pid: number,
  clients: Client[],
  { senders, perSecond, forMs, commands = async () => NaN }: FanOut & { perSecond: number }
): Promise<FanOutCost> {
  const sentAt: number[] = []
  const waits: number[] = []
  let [frames, bytes, received] = [0, 0, 0]
  /** Frames, and their bytes, by the number of messages in them. */
  const sizes = new Map<number, [frames: number, bytes: number]>()
  for (const client of clients)
    client.onFrame = (frame) => {
      const now = performance.now()
      const marks = marksOf(frame)
      if (marks.size === 0) return
      frames += 1
      const length = Buffer.byteLength(frame)
      bytes += length
      const [alike, theirs] = sizes.get(marks.size) ?? [0, 0]
      sizes.set(marks.size, [alike + 1, theirs + length])
      received += marks.size
      for (const nth of marks) waits.push(now - (sentAt[nth] ?? NaN))
    }
  const executed = await commands()
  const before = processorUs(pid)
  const begun = performance.now()
  await speak(clients.slice(0, senders), perSecond, forMs, (nth) => {
    sentAt[nth] = performance.now()
    return textOf(nth)
  })
  const wanted = sentAt.length * (clients.length - (contender.answers ? 0 : 1))
  await until(`${contender.name} to deliver ${wanted}`, () => received >= wanted, DELIVERED_WITHIN_MS)
  const tookMs = performance.now() - begun
  const us = processorUs(pid) - before
  return {
    us: us / received,
    bytes: bytes / received,
    bytesIn(messages) {
      const [alike, theirs] = sizes.get(messages) ?? [NaN, NaN]
      return theirs / alike / messages
    },
    p50Ms: median(waits),
    p99Ms: percentile(waits, 0.99),
    sent: sentAt.length,
    forMs: tookMs,
    frames: frames / clients.length,
    commands: ((await commands()) - executed) / sentAt.length
  }
}

export interface JoinCost {
  /** Memory of each connection that has joined and waits. */
  kb: number
  usPerJoin: number
  /** Part of a processor while all are connected and nobody does anything, in percent. */
  idlePercent: number
  /** All connect again at the same moment, after messages were missed. */
  reconnectSeconds: number
}

/** @param missed messages sent while nobody else is connected */
export async function measureJoins(contender: Contender, count: number, missed: number): Promise<JoinCost> {
  return withServer(contender, async (server, pid) => {
    // A server compiles its code while the first people join.
    await connectAll(await people(contender, server, WARM_UP_PEOPLE))
    const all = await people(contender, server, count)
    const [first, ...others] = all
    if (!first) throw new Error('Somebody has to join.')
    const speaker = await first()
    await wait(SETTLE_MS)
    const before = { us: processorUs(pid), bytes: ownBytes(pid) }
    const clients = await connectAll(others)
    await wait(SETTLE_MS)
    const usPerJoin = (processorUs(pid) - before.us) / others.length
    const kb = (ownBytes(pid) - before.bytes) / others.length / 1_024
    await wait(TIDIED_AFTER_MS)
    const idleFrom = { us: processorUs(pid), at: performance.now() }
    await wait(IDLE_MS)
    const idlePercent = (processorUs(pid) - idleFrom.us) / (performance.now() - idleFrom.at) / 10
    for (const client of clients) client.close()
    for (let nth = 0; nth < missed; nth += 1) {
      if (contender.answers) await speaker.sendAcknowledged(textOf(nth))
      else speaker.send(textOf(nth))
    }
    await wait(SETTLE_MS)
    const begun = performance.now()
    await Promise.all(others.map((connect) => connect()))
    return { kb, usPerJoin, idlePercent, reconnectSeconds: (performance.now() - begun) / 1_000 }
  })
}

/** Acknowledged messages per second when all in a room send the next one as soon as the last is acknowledged. */
export async function measureAcknowledged(contender: Contender, speakers: number, messages: number): Promise<number> {
  return withServer(contender, async (server) => {
    const clients = await connectAll(await people(contender, server, speakers))
    await talk(clients, messages / 4)
    const begun = performance.now()
    await talk(clients, messages)
    return (messages / (performance.now() - begun)) * 1_000
  })
}

/** Microseconds for a message in an empty room, and in one that has many. */
export async function measureGrowth(contender: Contender, speakers: number, messages: number): Promise<number[]> {
  return withServer(contender, async (server, pid) => {
    const clients = await connectAll(await people(contender, server, speakers))
    const cost = async () => {
      const before = processorUs(pid)
      await talk(clients, GROWTH_SAMPLE)
      return (processorUs(pid) - before) / GROWTH_SAMPLE
    }
    await talk(clients, GROWTH_SAMPLE)
    const empty = await cost()
    await talk(clients, messages)
    return [empty, await cost()]
  })
}

async function talk(clients: Client[], messages: number): Promise<void> {
  let sent = 0
  const sayAll = async (client: Client) => {
    while (sent < messages) await client.sendAcknowledged(textOf(sent++))
  }
  await Promise.all(clients.map(sayAll))
}

export async function withServer<T>(contender: Contender, work: (url: string, pid: number) => Promise<T>): Promise<T> {
  const server = await contender.start()
  try {
    return await work(server.url, server.process.pid ?? NaN)
  } finally {
    await server.end('SIGKILL')
  }
}

export async function people({ dialect }: Contender, url: string, count: number): Promise<Person[]> {
  return inGroups(Array.from({ length: count }), () => dialect(url))
}

export const connectAll = (people: readonly Person[]): Promise<Client[]> => inGroups(people, (connect) => connect())

async function inGroups<T, U>(all: readonly T[], work: (one: T) => Promise<U>): Promise<U[]> {
  const done: U[] = []
  for (let from = 0; from < all.length; from += AT_ONCE)
    done.push(...(await Promise.all(all.slice(from, from + AT_ONCE).map(work))))
  return done
}

async function speak(speakers: Client[], perSecond: number, forMs: number, text: (nth: number) => string) {
  const begun = performance.now()
  for (let nth = 0; nth < (forMs * perSecond) / 1_000; nth += 1) {
    const due = begun + (nth * 1_000) / perSecond
    await wait(Math.max(0, due - performance.now()))
    speakers[nth % speakers.length]?.send(text(nth))
  }
}

const WARM_UP_TEXT = 'a message '.repeat(MESSAGE_CHARACTERS / 10)
/** The messages that a frame brings, by the number that each was sent with. */
export const marksOf = (frame: string) => new Set([...frame.matchAll(MARK)].map(([, nth]) => Number(nth)))
export const textOf = (nth: number) => `~${nth}~ an ordinary message `.padEnd(MESSAGE_CHARACTERS, 'of some words, ')
