// A stretch of network for tests: real TCP between a program and what it talks to, that can be slow, cut or silent.
// Knows nothing of what it carries: Redis, HTTP and WebSocket alike.
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

const HOST = '127.0.0.1'

/** `up`: towards the target. `down`: back to who connected. */
export type Direction = 'up' | 'down'

export interface Proxy {
  /** The target's address with this way to it. */
  readonly url: string
  readonly port: number
  /** Bytes let through since the start, over all connections. */
  readonly passed: Readonly<Record<Direction, number>>
  /** Connections open at present. */
  readonly connections: number
  /** From now on each direction takes this long, in milliseconds: a round trip takes twice as long. Order is kept. */
  delay(ms: number): void
  /** Resets all connections, and each new one, until `mend`. */
  cut(): void
  /** Swallows everything without a word, as a lost route does, until `mend`; new connections open and hear nothing. */
  hole(): void
  /** Swallows everything on the connections that are open now, without a reset, until `mend`; new ones work. */
  holePresent(): void
  /** Lets through again. A connection that has lost bytes meanwhile is reset: a stream with a hole in it would be a lie. */
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
    // An error needs no word of its own: after it comes the close, with `hadError`.
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

/** Does one thing after another, each as long after it was asked for as the way is slow at that moment. */
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
