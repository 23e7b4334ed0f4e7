// A client in Python for tests: Debian's python3-socketio, run by the system's Python as a process of its own.
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { join } from 'node:path'

const PYTHON = '/usr/bin/python3'
const PROGRAM = join(import.meta.dirname, 'compatible.py')
const PATIENCE_MS = 20_000

export type PythonClient = ReturnType<typeof startPython>

/**
 * Starts one and lets it connect; `(connect)` with `{ transport, session }` is the first word heard then, and again each time that it
 * has come back.
 */
export function startPython(url: string, transports?: string[], { comesBack = false } = {}) {
  const child = spawn(PYTHON, [PROGRAM, ...(comesBack ? ['comes-back'] : [])], { stdio: ['pipe', 'pipe', 'inherit'] })
  const heard: { word: string; said: unknown; taken?: true }[] = []
  const looks = new Set<() => void>()
  createInterface({ input: child.stdout }).on('line', (line) => {
    heard.push(JSON.parse(line) as { word: string; said: unknown })
    for (const look of looks) look()
  })
  const tell = (command: object) => child.stdin.write(`${JSON.stringify(command)}\n`)
  tell({ do: 'connect', url, ...(transports && { transports }), auth: { token: null } })
  return {
    emit: (word: string, ...said: unknown[]) => tell({ do: 'emit', word, ...(said.length > 0 && { said: said[0] }) }),
    /** All of that word heard so far. */
    all: (word: string): unknown[] => heard.filter((entry) => entry.word === word).map(({ said }) => said),
    /** The next one of that word, or which fits; waits for it. */
    next: (word: string, fits: (said: unknown) => boolean = () => true) =>
      new Promise<unknown>((done, failed) => {
        const timer = setTimeout(
          () => failed(new Error(`Python heard no "${word}" as expected, but ${JSON.stringify(heard.slice(-20))}`)),
          PATIENCE_MS
        )
        const look = () => {
          const found = heard.find((entry) => entry.word === word && !entry.taken && fits(entry.said))
          if (!found) return
          found.taken = true
          clearTimeout(timer)
          looks.delete(look)
          done(found.said)
        }
        looks.add(look)
        look()
      }),
    close: () => tell({ do: 'close' }),
    ended: new Promise((done) => child.once('exit', done))
  }
}
