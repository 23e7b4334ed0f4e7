// `npm start` as a supervisor runs it.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { newFolder } from '../testing/folder.ts'
import { bound } from '../testing/spawn-bound.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const START_MS = 60_000

test(
  'SIGTERM to npm start ends the server, and the port is free again',
  async () => {
    const dataDir = newFolder()
    const { PATH } = process.env
    const npm = spawn(...bound('npm', ['start'], 'TERM'), {
      cwd: ROOT,
      env: { PATH, HOME: dataDir, PORT: '0', DATA_DIR: dataDir }
    })
    onTestFinished(() => void npm.kill())
    let printed = ''
    npm.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()))
    const url = await expect
      .poll(() => /"url":"(http:[^"]+)"/.exec(printed)?.[1], { timeout: START_MS })
      .toBeDefined()
      .then(() => /"url":"(http:[^"]+)"/.exec(printed)?.[1] ?? '')
    expect((await fetch(`${url}/health/live`)).status).toBe(200)
    npm.kill('SIGTERM')
    await once(npm, 'exit')
    await expect
      .poll(() =>
        fetch(`${url}/health/live`).then(
          () => 'up',
          () => 'down'
        )
      )
      .toBe('down')
  },
  START_MS
)
