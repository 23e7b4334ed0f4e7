// A client in Python for tests: Debian's python3-socketio, run by the system's Python as a process of its own.
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { join } from 'node:path'
import { bound } from './spawn-bound.ts'

const PYTHON = '/usr/bin/python3'
const PROGRAM = join(import.meta.dirname, 'compatible.py')
const PATIENCE_MS = 45_000
/** How long it may take to say that it leaves. */
const ENDS_WITHIN_MS = 5_000

export type PythonClient = ReturnType<typeof startPython>

/**
 * Starts one and lets it connect; `(connect)` with `{ transport, session }` is the first event then, and again each time that it
 * has reconnected.
 * @param comesBackAs it reconnects by itself and signs in under this name; `(login)` with `{ session }` is the event after each `login`
 */
export function startPython(url: string, transports?: string[], comesBackAs?: string) {
  const child = spawn(...bound(PYTHON, [PROGRAM, ...(comesBackAs ? [comesBackAs] : [])]), {
    stdio: ['pipe', 'pipe', 'inherit']
  })
  const received: { event: string; payload: unknown; taken?: true }[] = []
  const looks = new Set<() => void>()
  const ended = new Promise<string>((done) =>
    child.once('exit', (code, signal) => done(`ended with ${signal ?? code}`))
  )
  createInterface({ input: child.stdout }).on('line', (line) => {
    received.push(JSON.parse(line) as { event: string; payload: unknown })
    for (const look of looks) look()
  })
  const write = (command: object) => child.stdin.write(`${JSON.stringify(command)}\n`)
  write({ do: 'connect', url, ...(transports && { transports }), auth: { token: null } })
  return {
    emit: (event: string, ...payload: unknown[]) =>
      write({ do: 'emit', event, ...(payload.length > 0 && { payload: payload[0] }) }),
    /** The payloads of all such events received so far. */
    all: (event: string): unknown[] => received.filter((entry) => entry.event === event).map(({ payload }) => payload),
    /** The payload of the next such event that matches; waits for it. */
    next: (event: string, matches: (payload: unknown) => boolean = () => true) =>
      new Promise<unknown>((done, failed) => {
        const fail = (why: string) => {
          clearTimeout(timer)
          failed(new Error(`Python ${why} without "${event}", after ${JSON.stringify(received.slice(-20))}`))
        }
        const timer = setTimeout(fail, PATIENCE_MS, 'waited')
        void ended.then(fail)
        const look = () => {
          const found = received.find((entry) => entry.event === event && !entry.taken && matches(entry.payload))
          if (!found) return
          found.taken = true
          clearTimeout(timer)
          looks.delete(look)
          done(found.payload)
        }
        looks.add(look)
        look()
      }),
    /**
     * Disconnects it and ends its process, even when it has begun to reconnect: the library goes on with that for ever. Keep the
     * server reachable until this resolves.
     */
    async close() {
      write({ do: 'close' })
      const late = setTimeout(() => child.kill('SIGKILL'), ENDS_WITHIN_MS)
      await ended
      clearTimeout(late)
    }
  }
}
