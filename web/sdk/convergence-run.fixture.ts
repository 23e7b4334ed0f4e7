// A simulation of several programs in one room: what they try, what happens to them, and what each of them recorded. What must hold
// afterwards is in convergence-checks.fixture.ts.
import { newSuffix } from '../../infra/testing/new-suffix.ts'
import { connectNative } from '../../infra/testing/clients.ts'
import type { Acknowledged, Sent } from '../../infra/testing/history.ts'
import { newId, type Answers, type Receipt, type RoomEvent } from '../../src/contract.ts'
import { emptyLog, prepend, type RoomLog } from '../engine/room-log.ts'
import type { ClientRoom, HeardEvent } from './api.ts'
import { openClient, type Client } from './client.ts'
import { allMessages } from './server.fixture.ts'
import { memoryStore } from './store.ts'

export const PROGRAMS = 3
const READS_WITHIN_MS = 15_000

/** The servers, and the faults that they can have. */
export interface Environment {
  /** Where program number `n` connects. */
  url(n: number): string
  /** Where the log is read in the end. */
  readonly readUrl: string
  /** Cuts the connections of this person. */
  drop(person: string): void
  /** By name; each is over when it resolves. */
  faults: Record<string, () => Promise<void>>
}

/** What a program received from one start to its end. */
export interface Lifetime {
  events: (RoomEvent & { epoch: string })[]
}

export interface Program {
  name: string
  client: Client
  room: ClientRoom
  store: ReturnType<typeof memoryStore>
  lifetimes: Lifetime[]
  resets: number
}

/** A message that a program sent, or tried to. */
export interface Attempt {
  sender: number
  id: string
  text: string
  receipt: Promise<Receipt>
}

export interface Simulation {
  environment: Environment
  room: string
  programs: Program[]
  attempts: Attempt[]
  /** Verbs so far. Each ends well, or with a violation. */
  verbs: Promise<void>[]
  sent: Sent[]
  acknowledged: Acknowledged[]
  /** The room at some moments, as a new reader sees it. */
  snapshots: RoomLog[]
  violations: string[]
  /** Names of those that are over. */
  faults: string[]
}

export async function openSimulation(environment: Environment): Promise<Simulation> {
  const first = await openProgram(environment, 0, `Maker ${newSuffix()}`, memoryStore())
  const { id: room } = await first.createRoom(`Room ${newId()}`)
  await first.close()
  const programs: Program[] = []
  for (let n = 0; n < PROGRAMS; n += 1) {
    const [name, store] = [`Program ${n}`, memoryStore()]
    // A suffix, because a name is taken while a program of an earlier simulation is still leaving.
    const client = await openProgram(environment, n, `${name} ${newSuffix()}`, store)
    const program = { name, client, room: client.room(room), store, lifetimes: [], resets: 0 }
    beginLifetime(program)
    programs.push(program)
    // Its handlers receive only what is sent after they began.
    while (!(await store.get(`place:${room}`))) await pause(2)
  }
  const recorded = { attempts: [], verbs: [], sent: [], acknowledged: [], snapshots: [], violations: [], faults: [] }
  return { environment, room, programs, ...recorded }
}

const openProgram = (environment: Environment, n: number, name: string, store: Program['store']) =>
  openClient({ url: environment.url(n), name, store, onError: () => {} })

function beginLifetime(program: Program) {
  const lifetime: Lifetime = { events: [] }
  program.lifetimes.push(lifetime)
  program.room.onEvent(({ seq, kind, id, at, by, message, epoch }: HeardEvent) =>
    lifetime.events.push({ v: 1, seq, kind, id, at, by, message, epoch })
  )
  program.room.onReset(() => (program.resets += 1))
}

/** Ends a program, and starts it again on its store. */
export async function restart({ environment, programs, room }: Simulation, n: number): Promise<void> {
  const program = programs[n]!
  await program.client.close()
  program.client = await openProgram(environment, n, program.client.me.name, program.store)
  program.room = program.client.room(room)
  beginLifetime(program)
}

export async function closeSimulation({ programs }: Simulation): Promise<void> {
  for (const { client } of programs) await client.close()
}

/** The whole of a room, read as a new client does: a fresh page, and the pages before it. Retries while the store is unavailable. */
export async function readLog(url: string, room: string): Promise<RoomLog> {
  for (const end = performance.now() + READS_WITHIN_MS; ;) {
    try {
      return await readOnce(url, room)
    } catch (cause) {
      if (performance.now() > end) throw cause
      await pause(20)
    }
  }
}

async function readOnce(url: string, room: string): Promise<RoomLog> {
  const reader = await connectNative(url, `Reader ${newSuffix()}`)
  try {
    const opened = await reader.ask<Answers['room:open']>('room:open', { room })
    if (!opened.ok) throw new Error(opened.reason)
    const { sync } = opened.value
    // Pages read later than the cursor are harmless: a message has its rev.
    const messages = await allMessages(url, room)
    return prepend({ ...emptyLog(sync.cursor), from: sync.cursor.seq + 1 }, { messages, older: false })
  } finally {
    reader.close()
  }
}

export const pause = (ms: number) => new Promise<void>((done) => setTimeout(done, ms))
