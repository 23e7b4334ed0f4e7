// What an operation costs in a chat with many people and rooms, beside a small one: whatever grows with their number is seen here.
import { LOBBY, newId } from '../../src/contract.ts'
import { startTestServer, type TestServer } from '../testing/chat-server.ts'
import { median } from '../testing/statistics.ts'

const ROOMS = 1_000
const PEOPLE = 5_000
const TIMES = 300
const ROUNDS = 3

/** Medians, as a table in Markdown. In this process, without connections. */
export async function measureSizes(): Promise<string> {
  const server = await startTestServer({
    env: { RATE_BURST: '100000', RATE_PER_SECOND: '100000', ROOM_LIMIT: `${2 * ROOMS}` }
  })
  const columns = [await measureAll(server)]
  for (let n = 0; n < ROOMS; n += 1) await server.chat.createRoom(somebody(), `Room ${newId()}`)
  columns.push(await measureAll(server))
  for (let n = 0; n < PEOPLE; n += 1) await arrive(server)
  columns.push(await measureAll(server))
  const rows = Object.keys(columns[0] ?? {}).map(
    (name) => `| ${[name, ...columns.map((all) => all[name])].join(' | ')} |`
  )
  await server.stop()
  return [
    '**µs of the processor**',
    '',
    `| | small | ${ROOMS} rooms | and ${PEOPLE} people |`,
    '| --- | --- | --- | --- |',
    ...rows,
    ''
  ].join('\n')
}

async function measureAll(server: TestServer): Promise<Record<string, number>> {
  const { chat, people } = server
  const me = somebody()
  return {
    'somebody joins the lobby and leaves': await cost(async () => {
      const leave = await arrive(server)
      leave()
    }),
    'a message': await cost(() => chat.send(me, { room: LOBBY, id: newId(), text: 'a message' })),
    'a room is opened': await cost(async () => {
      await chat.admit(me, LOBBY)
      await chat.open(me, LOBBY, null)
      people.view(LOBBY)
    }),
    'the rooms are listed': await cost(() => chat.rooms(me)),
    'a room is created and removed': await cost(async () => {
      const owner = somebody()
      const { id } = await chat.createRoom(owner, `A room ${newId()}`)
      await chat.removeRoom(owner, id)
    })
  }
}

async function cost(work: () => Promise<unknown>): Promise<number> {
  const rounds: number[] = []
  for (let round = 0; round < ROUNDS; round += 1) {
    const before = process.cpuUsage()
    for (let n = 0; n < TIMES; n += 1) await work()
    const { user, system } = process.cpuUsage(before)
    rounds.push((user + system) / TIMES)
  }
  return Math.round(median(rounds))
}

async function arrive({ people }: TestServer): Promise<() => void> {
  const { person, name } = somebody()
  const { key } = person
  await people.arrive(LOBBY, { key, name, guest: false, region: 'local' }, key)
  return () => people.leave(LOBBY, key, key, 'left')
}

let known = 0
function somebody() {
  const [id, name] = [newId(), `Person ${(known += 1)}`]
  // Each at an address of their own, as one may not create so many rooms.
  return { person: { id, key: id, name, moderator: false }, name, address: name }
}
