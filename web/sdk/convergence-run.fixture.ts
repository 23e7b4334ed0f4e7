// A random afternoon of several programs in one room: what they try, what befalls them, and what each of them wrote down. The model
// knows only what was sent by whom; what must hold afterwards stands in convergence-checks.fixture.ts.
import fc from 'fast-check'
import { connectNative } from '../../infra/testing/clients.ts'
import { newId, type Answers, type Receipt, type RoomEvent } from '../../src/contract.ts'
import { emptyLog, prepend, type RoomLog } from '../engine/room-log.ts'
import type { ClientRoom, HeardEvent } from './api.ts'
import { ClientError } from './client-error.ts'
import { openClient, type Client } from './client.ts'
import { allMessages } from './server.fixture.ts'
import { memoryStore } from './store.ts'
import type { Acknowledged, Sent } from '../../infra/testing/history.ts'

export const PROGRAMS = 3

/** What runs the servers, and the bad luck they can have. */
export interface Ground {
  /** Where program number `n` connects. */
  url(n: number): string
  /** Where the truth is read in the end. */
  readonly readUrl: string
  /** Cuts the connections of this person. */
  drop(person: string): void
  /** Faults by name; each is over when it resolves. */
  faults: Record<string, () => Promise<void>>
}

/** What one program received between its start and its end. */
export interface Life {
  events: (RoomEvent & { epoch: string })[]
}
export interface Program {
  name: string
  client: Client
  room: ClientRoom
  store: ReturnType<typeof memoryStore>
  lives: Life[]
  resets: number
}
/** A message that somebody sent, or tried to. */
interface Tried {
  who: number
  id: string
  text: string
  receipt: Promise<Receipt>
}
export interface Snapshot {
  log: RoomLog
}

export interface Afternoon {
  ground: Ground
  room: string
  programs: Program[]
  tried: Tried[]
  /** Verbs under way. Each ends well, or with a complaint. */
  under: Promise<void>[]
  sent: Sent[]
  acknowledged: Acknowledged[]
  snapshots: Snapshot[]
  complaints: string[]
  /** Names of those that are over. */
  faults: string[]
}

export async function beginAfternoon(ground: Ground): Promise<Afternoon> {
  const first = await openProgram(ground, 0, 'Maker', memoryStore())
  const { id: room } = await first.createRoom(`Room ${newId()}`)
  await first.close()
  const afternoon: Afternoon = {
    ground,
    room,
    programs: [],
    tried: [],
    under: [],
    sent: [],
    acknowledged: [],
    snapshots: [],
    complaints: [],
    faults: []
  }
  for (let n = 0; n < PROGRAMS; n += 1) {
    const store = memoryStore()
    const client = await openProgram(ground, n, `Program ${n}`, store)
    const program: Program = {
      name: `Program ${n}`,
      client,
      room: client.room(room),
      store,
      lives: [],
      resets: 0
    }
    live(program)
    afternoon.programs.push(program)
    // What was there before the handlers began is not theirs to receive.
    while (!(await store.get(`place:${room}`))) await pause(2)
  }
  return afternoon
}

const openProgram = (ground: Ground, n: number, name: string, store: ReturnType<typeof memoryStore>) =>
  // A suffix, because a name is taken while somebody of an earlier afternoon is still leaving.
  openClient({ url: ground.url(n), name: `${name} ${newId()}`, store, onError: () => {} })

function live(program: Program) {
  const life: Life = { events: [] }
  program.lives.push(life)
  program.room.onEvent((event) => life.events.push(eventOf(event)))
  program.room.onReset(() => (program.resets += 1))
}

const eventOf = ({ seq, kind, id, at, by, message, epoch }: HeardEvent) => ({
  v: 1,
  seq,
  kind,
  id,
  at,
  by,
  message,
  epoch
})

export async function endAfternoon({ programs }: Afternoon): Promise<void> {
  for (const { client } of programs) await client.close()
}

interface Model {
  tried: number
}
type Step = fc.AsyncCommand<Model, Afternoon>

/** Does a verb as often as programs come and go, always under the same id; what ends it otherwise than allowed is a complaint. */
function under(
  real: Afternoon,
  who: number,
  what: string,
  allowed: readonly string[],
  verb: Verb
): Promise<Receipt | null> {
  const done = (async () => {
    for (;;) {
      const { room } = real.programs[who]!
      try {
        return await verb(room)
      } catch (cause) {
        const reason = cause instanceof ClientError ? cause.reason : String(cause)
        if (reason !== 'closed') {
          if (!allowed.includes(reason)) real.complaints.push(`${what} ended with ${reason}`)
          return null
        }
        await pause(1)
      }
    }
  })()
  real.under.push(done.then(() => {}))
  return done
}
type Verb = (room: ClientRoom) => Promise<Receipt>

class Say implements Step {
  readonly who: number
  readonly times: number
  constructor(who: number, times: number) {
    this.who = who
    this.times = times
  }
  check = () => true
  async run(model: Model, real: Afternoon) {
    for (let n = 0; n < this.times; n += 1) this.say(real)
    model.tried += this.times
  }
  private say(real: Afternoon) {
    const { who } = this
    const id = newId()
    const text = `text ${real.tried.length}`
    const { name } = real.programs[who]!
    real.sent.push({ client: name, room: real.room, id, text })
    const receipt = under(real, who, `${name} says ${id}`, [], (room) => room.send(text, { id })).then((receipt) => {
      if (!receipt) throw new Error(`${id} was not sent`)
      real.acknowledged.push({ client: name, room: real.room, ...receipt })
      return receipt
    })
    real.tried.push({ who, id, text, receipt })
  }
  toString = () => `Say(${this.who}, ${this.times})`
}

/** Whatever is done to a message that was sent before; once that is kept. */
abstract class Operation implements Step {
  readonly who: number
  readonly which: number
  constructor(who: number, which: number) {
    this.who = who
    this.which = which
  }
  check = ({ tried }: Readonly<Model>) => tried > 0
  async run(_: Model, real: Afternoon) {
    const target = real.tried[this.which % real.tried.length]!
    real.under.push(target.receipt.then((receipt) => this.do(real, target, receipt)))
  }
  abstract do(real: Afternoon, target: Tried, receipt: Receipt): Promise<void>
  toString() {
    return `${this.constructor.name}(${this.who}, ${this.which})`
  }
  /** A verb under an id of its own, tried twice: the second must be the first. */
  protected async twice(
    real: Afternoon,
    what: string,
    allowed: string[],
    verb: (room: ClientRoom, id: string) => Promise<Receipt>
  ) {
    const id = newId()
    const first = await under(real, this.who, what, allowed, (room) => verb(room, id))
    if (!first) return
    const { name } = real.programs[this.who]!
    real.acknowledged.push({ client: name, room: real.room, ...first })
    const second = await under(real, this.who, `${what} again`, [], (room) => verb(room, id))
    if (second?.seq !== first.seq)
      real.complaints.push(`${what} again was kept at ${second?.seq}, before at ${first.seq}`)
  }
}

class SayAgain extends Operation {
  async do(real: Afternoon, { who, id, text }: Tried, receipt: Receipt) {
    const again = await under(real, who, `${id} again`, [], (room) => room.send(text, { id }))
    if (again?.seq !== receipt.seq)
      real.complaints.push(`${id} was acknowledged at ${receipt.seq} and at ${again?.seq}`)
  }
}
class Steal extends Operation {
  async do(real: Afternoon, { who, id }: Tried) {
    if (who === this.who) return
    const stolen = await under(real, this.who, `stealing ${id}`, ['id-taken'], (room) => room.send('stolen', { id }))
    if (stolen) real.complaints.push(`${id} was taken from its author`)
  }
}
class Edit extends Operation {
  async do(real: Afternoon, { who, id }: Tried) {
    const allowed = ['no-message', ...(who === this.who ? [] : ['not-allowed'])]
    await this.twice(real, `editing ${id}`, allowed, (room, verb) => room.edit(id, `edited ${verb}`, { id: verb }))
  }
}
class Remove extends Operation {
  async do(real: Afternoon, { who, id }: Tried) {
    const allowed = ['no-message', ...(who === this.who ? [] : ['not-allowed'])]
    await this.twice(real, `removing ${id}`, allowed, (room, verb) => room.remove(id, { id: verb }))
  }
}
class React extends Operation {
  async do(real: Afternoon, { id }: Tried) {
    const on = this.which % 3 > 0
    await this.twice(real, `reacting to ${id}`, ['no-message'], (room, verb) => room.react(id, '👍', on, { id: verb }))
  }
}

/** The connection is lost; it comes back by itself. */
class Drop implements Step {
  readonly who: number
  constructor(who: number) {
    this.who = who
  }
  check = () => true
  async run(_: Model, real: Afternoon) {
    real.ground.drop(real.programs[this.who]!.client.me.id)
  }
  toString = () => `Drop(${this.who})`
}

/** The program ends and is started again over its store. */
class Reopen implements Step {
  readonly who: number
  constructor(who: number) {
    this.who = who
  }
  check = () => true
  async run(_: Model, real: Afternoon) {
    const program = real.programs[this.who]!
    const { name } = program.client.me
    await program.client.close()
    program.client = await openClient({
      url: real.ground.url(this.who),
      name,
      store: program.store,
      onError: () => {}
    })
    program.room = program.client.room(real.room)
    live(program)
  }
  toString = () => `Reopen(${this.who})`
}

class Fault implements Step {
  readonly name: string
  constructor(name: string) {
    this.name = name
  }
  check = () => true
  async run(_: Model, real: Afternoon) {
    await real.ground.faults[this.name]!()
    real.faults.push(this.name)
  }
  toString = () => this.name
}

class Pause implements Step {
  readonly ms: number
  constructor(ms: number) {
    this.ms = ms
  }
  check = () => true
  run = () => pause(this.ms)
  toString = () => `Pause(${this.ms})`
}

/** What stands in the room now, as a reader that comes in now sees it. */
class TakeSnapshot implements Step {
  check = () => true
  async run(_: Model, real: Afternoon) {
    real.snapshots.push({ log: await readLog(real.ground.readUrl, real.room) })
  }
  toString = () => 'TakeSnapshot()'
}

/** The whole of a room, read as a client does that comes in: a fresh page, and the pages before it. */
export async function readLog(url: string, room: string): Promise<RoomLog> {
  for (const until = performance.now() + READS_WITHIN_MS; ;) {
    try {
      return await readOnce(url, room)
    } catch (cause) {
      // Its store may be on its way back from a fault.
      if (performance.now() > until) throw cause
      await pause(20)
    }
  }
}
const READS_WITHIN_MS = 15_000

async function readOnce(url: string, room: string): Promise<RoomLog> {
  const reader = await connectNative(url, `Reader ${newId()}`)
  try {
    const opened = await reader.ask<Answers['room:open']>('room:open', { room })
    if (!opened.ok) throw new Error(opened.reason)
    const { sync } = opened.value
    // Pages read later than the cursor are harmless: a message says of which rev it is.
    const messages = await allMessages(url, room)
    return prepend({ ...emptyLog(sync.cursor), from: sync.cursor.seq + 1 }, { messages, older: false })
  } finally {
    reader.close()
  }
}

export const pause = (ms: number) => new Promise<void>((done) => setTimeout(done, ms))

const FAULTS_A_PLACE = 2
const chunksOf = <T>(list: readonly T[], size: number) =>
  Array.from({ length: Math.ceil(list.length / size) }, (_, n) => list.slice(n * size, (n + 1) * size))

/** Steps in random order, saying things most of all. */
export function steps(faults: readonly string[], maxCommands: number) {
  const who = fc.nat(PROGRAMS - 1)
  const which = fc.nat(50)
  const deed = (Kind: new (who: number, which: number) => Operation) =>
    fc.tuple(who, which).map(([a, b]) => new Kind(a, b))
  const say = fc.tuple(who, fc.integer({ min: 1, max: 4 })).map(([who, times]) => new Say(who, times))
  return fc.commands(
    [
      say,
      say,
      say,
      ...[SayAgain, Steal, Edit, Edit, Remove, React, React].map(deed),
      who.map((who) => new Drop(who)),
      who.map((who) => new Reopen(who)),
      fc.nat(30).map((ms) => new Pause(ms)),
      fc.constant(new TakeSnapshot()),
      // One for every few kinds of fault, so that a ground with many of them sees each.
      ...chunksOf(faults, FAULTS_A_PLACE).map((names) => fc.constantFrom(...names).map((name) => new Fault(name)))
    ],
    { maxCommands, size: 'max' }
  )
}
