// The steps of a simulation, in random order: programs send and change messages, lose their connections, end and start again, and
// the servers have faults.
import fc from 'fast-check'
import { newId, type Receipt } from '../../src/contract.ts'
import type { ClientRoom } from './api.ts'
import { ClientError } from './client-error.ts'
import { pause, PROGRAMS, readLog, restart, type Attempt, type Simulation } from './convergence-run.fixture.ts'

const FAULTS_IN_ONE_PLACE = 2

/** How many messages there are. */
interface Model {
  attempts: number
}
type Step = fc.AsyncCommand<Model, Simulation>

const step = (name: string, work: (simulation: Simulation) => unknown, needsMessage = false): Step => ({
  check: ({ attempts }) => attempts > 0 || !needsMessage,
  async run(model, simulation) {
    await work(simulation)
    model.attempts = simulation.attempts.length
  },
  toString: () => name
})

/** Repeats a verb under one id while its program ends and starts. Null, and a violation unless `allowed`, when it is refused. */
function repeat(
  { programs, verbs, violations }: Simulation,
  by: number,
  what: string,
  allowed: readonly string[],
  verb: (room: ClientRoom) => Promise<Receipt>
): Promise<Receipt | null> {
  const done = (async () => {
    for (;;) {
      try {
        return await verb(programs[by]!.room)
      } catch (cause) {
        const reason = cause instanceof ClientError ? cause.reason : String(cause)
        if (reason !== 'closed') {
          if (!allowed.includes(reason)) violations.push(`${what} ended with ${reason}`)
          return null
        }
        await pause(1)
      }
    }
  })()
  verbs.push(done.then(() => {}))
  return done
}

function send(simulation: Simulation, sender: number) {
  const { programs, room, attempts, sent, acknowledged } = simulation
  const { name } = programs[sender]!
  const [id, text] = [newId(), `text ${attempts.length}`]
  sent.push({ client: name, room, id, text })
  const sending = repeat(simulation, sender, `${name} sends ${id}`, [], (room) => room.send(text, { id }))
  const receipt = sending.then((receipt) => {
    if (!receipt) throw new Error(`${id} was not sent`)
    acknowledged.push({ client: name, room, ...receipt })
    return receipt
  })
  attempts.push({ sender, id, text, receipt })
}

/** A verb under an id of its own, twice: the second must return the first. */
async function twice(
  simulation: Simulation,
  by: number,
  what: string,
  allowed: string[],
  verb: (room: ClientRoom, id: string) => Promise<Receipt>
) {
  const id = newId()
  const first = await repeat(simulation, by, what, allowed, (room) => verb(room, id))
  if (!first) return
  simulation.acknowledged.push({ client: simulation.programs[by]!.name, room: simulation.room, ...first })
  const second = await repeat(simulation, by, `${what} again`, [], (room) => verb(room, id))
  if (second?.seq !== first.seq)
    simulation.violations.push(`${what} again was stored at ${second?.seq}, before at ${first.seq}`)
}

const refusals = (by: number, { sender }: Attempt) => ['no-message', ...(sender === by ? [] : ['not-allowed'])]

/** What is done to an earlier message, once that is stored. */
const operations: Record<
  string,
  (simulation: Simulation, by: number, attempt: Attempt, receipt: Receipt, which: number) => Promise<void>
> = {
  async sendAgain(simulation, _, { sender, id, text }, { seq }) {
    const again = await repeat(simulation, sender, `${id} again`, [], (room) => room.send(text, { id }))
    if (again?.seq !== seq) simulation.violations.push(`${id} was acknowledged at ${seq} and at ${again?.seq}`)
  },
  async steal(simulation, by, { sender, id }) {
    if (sender === by) return
    const stolen = await repeat(simulation, by, `stealing ${id}`, ['id-taken'], (room) => room.send('stolen', { id }))
    if (stolen) simulation.violations.push(`${id} was taken from its author`)
  },
  edit: (simulation, by, attempt) =>
    twice(simulation, by, `editing ${attempt.id}`, refusals(by, attempt), (room, id) =>
      room.edit(attempt.id, `edited ${id}`, { id })
    ),
  remove: (simulation, by, attempt) =>
    twice(simulation, by, `removing ${attempt.id}`, refusals(by, attempt), (room, id) =>
      room.remove(attempt.id, { id })
    ),
  react: (simulation, by, attempt, _, which) =>
    twice(simulation, by, `reacting to ${attempt.id}`, ['no-message'], (room, id) =>
      room.react(attempt.id, '👍', which % 3 > 0, { id })
    )
}

/** Steps in random order, sending most of all. */
export function steps(faults: readonly string[], maxCommands: number) {
  const who = fc.nat(PROGRAMS - 1)
  const operation = (name: string) =>
    fc.tuple(who, fc.nat(50)).map(([by, which]) => {
      const work = (simulation: Simulation) => {
        const attempt = simulation.attempts[which % simulation.attempts.length]!
        const done = attempt.receipt.then((receipt) => operations[name]!(simulation, by, attempt, receipt, which))
        simulation.verbs.push(done)
      }
      return step(`${name}(${by}, ${which})`, work, true)
    })
  const sending = fc.tuple(who, fc.integer({ min: 1, max: 4 })).map(([sender, times]) =>
    step(`send(${sender}, ${times})`, (simulation) => {
      for (let n = 0; n < times; n += 1) send(simulation, sender)
    })
  )
  const fault = (name: string) =>
    step(name, async (simulation) => {
      await simulation.environment.faults[name]!()
      simulation.faults.push(name)
    })
  const places = Array.from({ length: Math.ceil(faults.length / FAULTS_IN_ONE_PLACE) }, (_, n) =>
    faults.slice(n * FAULTS_IN_ONE_PLACE, (n + 1) * FAULTS_IN_ONE_PLACE)
  )
  return fc.commands(
    [
      sending,
      sending,
      sending,
      ...['sendAgain', 'steal', 'edit', 'edit', 'remove', 'react', 'react'].map(operation),
      who.map((n) => step(`drop(${n})`, ({ environment, programs }) => environment.drop(programs[n]!.client.me.id))),
      who.map((n) => step(`restart(${n})`, (simulation) => restart(simulation, n))),
      fc.nat(30).map((ms) => step(`pause(${ms})`, () => pause(ms))),
      fc.constant(
        step('snapshot', async ({ environment, room, snapshots }) => {
          snapshots.push(await readLog(environment.readUrl, room))
        })
      ),
      // One for every few faults, so that an environment with many of them has each.
      ...places.map((names) => fc.constantFrom(...names).map(fault))
    ],
    { maxCommands, size: 'max' }
  )
}
