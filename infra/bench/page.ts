// How the page bears a busy room: 20,000 formatted messages live, 5,000 of them read back, and typing meanwhile on a slow computer.
// node infra/bench/page.ts [messages]
import { newSuffix } from '../testing/new-suffix.ts'
import { LOBBY, newId } from '../../src/contract.ts'
import { comeIn, composer, messages, openPages } from '../testing/browser.ts'
import { startTestServer } from '../testing/chat-server.ts'
import { closeClients, connectNative, type TestClient } from '../testing/clients.ts'
import { until } from '../testing/until.ts'
import { UNLIMITED_RATE } from '../testing/cluster.fixture.ts'

const LIVE = Number(process.argv[2] ?? 20_000)
const READ_BACK = Math.min(5_000, LIVE / 2)
/** Messages on their way at one time, of which the last one is timed. */
const BURST = 25
/** Fewer packets than one connection may send at once. */
const PER_CONNECTION = 300
const KEYS = 150
const KEYS_PER_SECOND = 10
const MESSAGES_PER_SECOND = 5
const SLOWER = [1, 6]

const FORMS = [
  (n: number) => `line ${n}: **bold**, *italic* and \`code\``,
  (n: number) => `> quoted ${n}\nand answered, see https://example.org/${n}`,
  (n: number) => `- one\n- two ${n}\n- ~~three~~`,
  (n: number) => `\`\`\`js\nconst n = ${n}\n\`\`\``,
  (n: number) => `@Ana, ${n} ||is a secret||`,
  (n: number) => `plain ${n}`
]

/** Closing takes a moment in which nothing else keeps the process. */
const open = setInterval(() => {}, 1_000)
const pages = await openPages()
const server = await startTestServer({ webDir: pages.webDir, config: { ...UNLIMITED_RATE, historyLimit: 2 * LIVE } })
const ana = await pages.tab(server.url)
await comeIn(ana, 'Ana')
const devtools = await ana.context().newCDPSession(ana)

let sent = 0
let talker: Promise<TestClient>
async function openTalker(): Promise<TestClient> {
  const client = await connectNative(server.url, `Talker of ${newSuffix()}`)
  await client.ask('room:open', { room: LOBBY })
  return client
}
/** @returns the message's id, once it is stored */
async function say(): Promise<string> {
  if (sent % PER_CONNECTION === 0) talker = openTalker()
  const id = newId()
  const text = FORMS[sent % FORMS.length]!(sent++)
  const reply = await (await talker).ask('message:send', { room: LOBBY, id, text })
  if (!reply.ok) throw new Error(`refused: ${reply.reason}`)
  return id
}

const p95 = (values: number[]) => values.toSorted((one, other) => one - other)[Math.ceil(values.length * 0.95) - 1]!
const print = (what: string, value: number, unit: string, atMost: number) =>
  console.log(`${what.padEnd(52)}${value.toFixed(0).padStart(8)} ${unit} (at most ${atMost})`)

async function live() {
  const delays: number[] = []
  for (let n = 0; n < LIVE; n += BURST) {
    const burst = Array.from({ length: BURST - 1 }, say)
    await Promise.all(burst)
    const start = performance.now()
    const id = await say()
    await ana.locator(`[id="message-${id}"]`).waitFor({ state: 'attached' })
    delays.push(performance.now() - start)
  }
  print('from sending to the screen, p95', p95(delays), 'ms', 200)
  print('elements of the page', await ana.evaluate<number>(`document.querySelectorAll('*').length`), '', 15_000)
  await devtools.send('HeapProfiler.collectGarbage')
  const heap = await devtools.send('Runtime.getHeapUsage')
  print('heap', heap.usedSize / 1e6, 'MB', 60)
}

async function readBack() {
  const first = () => messages(ana).locator('.row').first().getAttribute('id')
  for (let read = 0; read < READ_BACK; read += 50) {
    const was = await first()
    await messages(ana).evaluate((list) => (list.scrollTop = 0))
    await until('older messages', async () => (await first()) !== was)
  }
}

/** Runs in the page: how long after each key its frame was ready. */
const WATCH_KEYS = `
  const begun = []
  const { port1, port2 } = new MessageChannel()
  globalThis.toFrame = []
  port1.onmessage = () => toFrame.push(performance.now() - begun.shift())
  addEventListener('keydown', ({ timeStamp }) => {
    begun.push(timeStamp)
    requestAnimationFrame(() => port2.postMessage(null))
  })`

async function typing(slower: number) {
  await devtools.send('Emulation.setCPUThrottlingRate', { rate: slower })
  await composer(ana).focus()
  const keysInPage = () => ana.evaluate<number[]>('toFrame.splice(0)')
  await keysInPage()
  const talking = setInterval(() => void say(), 1_000 / MESSAGES_PER_SECOND)
  for (let key = 0; key < KEYS; key++)
    await Promise.all([ana.keyboard.press('a'), new Promise((pause) => setTimeout(pause, 1_000 / KEYS_PER_SECOND))])
  clearInterval(talking)
  print(`from a key to its frame, CPU ${slower} x slower, p95`, p95(await keysInPage()), 'ms', slower === 1 ? 50 : 100)
}

await live()
await readBack()
await ana.evaluate(WATCH_KEYS)
for (const slower of SLOWER) await typing(slower)
closeClients()
await pages.close()
await pages.browser.close()
await server.stop()
clearInterval(open)
