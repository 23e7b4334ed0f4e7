// A TCP proxy for tests between a program and a server. It can delay, cut or silence connections, and works for Redis, HTTP and
// WebSocket alike because it doesn't read what it carries.
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

const HOST = '127.0.0.1'

/** `up`: to the target. `down`: to the client. */
export type Direction = 'up' | 'down'

export interface Proxy {
  /** The target's address with the proxy's host and port. */
  readonly url: string
  readonly port: number
  /** Bytes passed on since the start, over all connections. */
  readonly passed: Readonly<Record<Direction, number>>
  /** Connections open at present. */
  readonly connections: number
  /** Delays each direction by `ms` from now on; a round trip takes twice as long. Bytes stay in order. */
  delay(ms: number): void
  /** Resets all connections, and each new one, until `mend`. */
  cut(): void
  /** Drops all bytes silently until `mend`, as a lost route does. New connections open and receive nothing. */
  hole(): void
  /** Drops all bytes of the connections that are open now, without a reset, until `mend`. New ones work. */
  holePresent(): void
  /** Passes bytes on again. Resets each connection that has lost bytes, since TCP never delivers a stream with a gap. */
  mend(): void
  /**
   * Resets the one connection that carries the nth byte from now on in this direction, right after that byte; with 0, right
   * before the first. The others go on, and so do new ones. Resolves when it has happened. Replaces an earlier one.
   */
  cutAfterBytes(n: number, direction: Direction): Promise<void>
  close(): Promise<void>
}

interface Link {
  reset(): void
  lostBytes: boolean
  isHole: boolean
}

/** @param target an address like `redis://127.0.0.1:6379` or `http://localhost:3000` */
export async function openProxy(target: string, { delayMs = 0 }: { delayMs?: number } = {}): Promise<Proxy> {
  const to = new URL(target)
  const links = new Set<Link>()
  const passed = { up: 0, down: 0 }
  let way: 'open' | 'cut' | 'hole' = 'open'
  let slow = delayMs
  let scissors: { direction: Direction; left: number; done: () => void } | null = null

  const server = createServer({ allowHalfOpen: true, noDelay: true }, (near) => {
    if (way === 'cut') {
      near.on('error', () => {}).resetAndDestroy()
      return
    }
    const far = connect({ port: Number(to.port), host: to.hostname, allowHalfOpen: true, noDelay: true })
    const link: Link = {
      lostBytes: false,
      isHole: false,
      reset() {
        links.delete(link)
        near.resetAndDestroy()
        far.resetAndDestroy()
      }
    }
    links.add(link)
    carry(link, near, far, 'up')
    carry(link, far, near, 'down')
  })
  server.listen(0, HOST)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo

  function carry(link: Link, from: Socket, into: Socket, direction: Direction) {
    const line = delayLine(() => slow)
    const swallows = () => way === 'hole' || link.isHole
    from.on('data', (bytes) => {
      if (swallows()) link.lostBytes = true
      else line(() => pass(link, from, into, direction, bytes))
    })
    from.on('end', () => {
      if (swallows()) link.lostBytes = true
      else line(() => into.end())
    })
    // An error is followed by the close event, with `hadError`.
    from.on('error', () => {})
    from.on('close', (hadError) => {
      if (swallows()) link.lostBytes = true
      else if (hadError) line(link.reset)
      if (into.destroyed) links.delete(link)
    })
  }

  function pass(link: Link, from: Socket, into: Socket, direction: Direction, bytes: Buffer) {
    if (into.destroyed) return
    if (scissors?.direction === direction && scissors.left <= bytes.length) {
      const { left, done } = scissors
      scissors = null
      passed[direction] += left
      const cut = () => {
        link.reset()
        done()
      }
      if (left > 0) into.write(bytes.subarray(0, left), cut)
      else cut()
      return
    }
    if (scissors?.direction === direction) scissors.left -= bytes.length
    passed[direction] += bytes.length
    if (into.write(bytes)) return
    from.pause()
    into.once('drain', () => from.resume())
  }

  function resetAll() {
    for (const link of links) link.reset()
  }

  const url = new URL(target)
  url.hostname = HOST
  url.port = `${port}`
  return {
    url: url.href.replace(/\/$/, ''),
    port,
    passed,
    get connections() {
      return links.size
    },
    delay(ms) {
      slow = ms
    },
    cut() {
      way = 'cut'
      resetAll()
    },
    hole() {
      way = 'hole'
    },
    holePresent() {
      for (const link of links) link.isHole = true
    },
    mend() {
      way = 'open'
      for (const link of links) {
        link.isHole = false
        if (link.lostBytes) link.reset()
      }
    },
    cutAfterBytes: (n, direction) =>
      new Promise((done) => {
        scissors = { direction, left: n, done }
      }),
    async close() {
      const closed = once(server, 'close')
      server.close()
      resetAll()
      await closed
    }
  }
}

/** Runs each piece of work after the delay of the moment at which it was added, in order. */
export function delayLine(slow: () => number): (work: () => void) => void {
  const due: { at: number; work: () => void }[] = []
  let timer: NodeJS.Timeout | undefined

  function run() {
    timer = undefined
    for (let next = due[0]; next; next = due[0]) {
      const wait = next.at - performance.now()
      if (wait > 0) {
        timer = setTimeout(run, wait)
        return
      }
      due.shift()
      next.work()
    }
  }

  return (work) => {
    if (slow() === 0 && due.length === 0) return work()
    due.push({ at: performance.now() + slow(), work })
    if (!timer) run()
  }
}
