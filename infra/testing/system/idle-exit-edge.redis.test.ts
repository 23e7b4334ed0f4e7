// Sleep and wake as on the platform: an instance that ends by itself when nobody is there, behind an edge that starts it for the next.
import { expect, it, onTestFinished } from 'vitest'
import { newFolder } from '../folder.ts'
import { openEdge } from '../../world/edge.ts'
import { openScreen } from '../screen.ts'
import { openWorldMachine } from '../../world/machine.ts'

/** About a second. */
const IDLE_EXIT_MINUTES = '0.02'
const PATIENCE = { timeout: 20_000 }

it('an instance that nobody is at sleeps, and the next visitor wakes it and finds what was said', async () => {
  const folder = newFolder()
  const env = { DATA_DIR: folder, FLY_MACHINE_ID: 'only', FLY_REGION: 'ams', IDLE_EXIT_MINUTES }
  const machine = await openWorldMachine(env, () => {})
  const edge = await openEdge({
    machines: [{ id: 'only', region: 'ams', url: machine.url, onDemand: machine.onDemand }],
    regions: ['ams'],
    checkEveryMs: 100
  })
  onTestFinished(async () => {
    await edge.close()
    await machine.close()
  })
  const url = edge.urls['ams'] ?? ''

  const ana = await openScreen({ name: 'Ana', urls: [url] })
  const { pid } = machine
  const first = pid()
  await ana.say('good night')
  // Longer than it waits: anyone who is here keeps it awake, and its health checks don't count.
  await new Promise((done) => setTimeout(done, 2_000))
  expect(pid()).toBe(first)
  ana.close()
  await expect.poll(() => machine.state(), PATIENCE).toBe('sleeps')

  const start = performance.now()
  // Not the page, which has to be built first.
  expect((await fetch(`${url}/api/rooms`)).status).toBe(200)
  console.log(`it answered from sleep after ${(performance.now() - start).toFixed(0)} ms, and isn't bundled`)
  expect(machine.state()).toBe('runs')
  const bo = await openScreen({ name: 'Bo', urls: [url] })
  onTestFinished(() => bo.close())
  await bo.until(({ messages }) => messages.some(({ text }) => text === 'good night'))
  expect(pid()).not.toBe(first)
})
