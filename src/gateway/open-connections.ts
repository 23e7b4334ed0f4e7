// What this instance keeps of each Engine.IO connection: one small record, and one listener for its packets and one for its end, which
// are the same functions for all. Engine.IO would keep the whole request of the handshake.
import type { Socket as Connection } from 'engine.io'
import type { Proxies } from '../access/proxies.ts'
import type { Receiver, UnsentBudget } from '../access/unsent.ts'
import type { Clock } from '../clock.ts'
import { cookieToken, type Standing } from '../origins.ts'
import type { Admission } from './admission.ts'
import { cut, forgetRequest, unreadBytes } from './connection.ts'
import { startHeartbeats } from './heartbeats.ts'
import type { ChatServer } from './protocol.ts'

/** A client that has not read so much is cut: it reconnects and catches up from its cursor. */
export const HIGH_WATER_BYTES = 1_000_000
/** A client that does not answer the close frame is cut off after this time; ws would wait half a minute. */
const CLOSE_WITHIN_MS = 1_000

/** What the request of its handshake says about a client. */
export interface Client {
  /** An IPv4 address or an IPv6 /64. */
  address: string
  standing: Standing
  /** The token in our own page's cookie. */
  cookie: string | undefined
  agent: string | undefined
  /** The region of the proxy at which it arrived. */
  region: string | undefined
}

class OpenConnection implements Receiver {
  readonly connection: Connection
  readonly client: Client
  readonly address: string
  readonly unsentMax = HIGH_WATER_BYTES
  /** Those that are pinged with it. */
  readonly turn: Set<Connection>

  constructor(connection: Connection, client: Client, turn: Set<Connection>) {
    this.connection = connection
    this.client = client
    this.address = client.address
    this.turn = turn
  }

  unsent() {
    return unreadBytes(this.connection)
  }

  cut() {
    cut(this.connection)
  }
}

export interface OpenConnections {
  clientOf(connection: Connection): Client
  stop(): void
}

/** `clock`: for closing; `pingClock`: for heartbeats, which clients answer in real time. */
export function keepConnections(options: {
  io: ChatServer
  admission: Pick<Admission, 'standing' | 'opened' | 'closed' | 'accepts'>
  proxies: Pick<Proxies, 'addressOf' | 'isHttps'>
  unsent: Pick<UnsentBudget, 'add' | 'remove'>
  clock: Clock
  pingClock: Clock
}): OpenConnections {
  const { io, admission, proxies, unsent, clock, pingClock } = options
  const open = new WeakMap<Connection, OpenConnection>()
  const heartbeats = startHeartbeats(io, pingClock)

  function clientOf({ request }: Connection): Client {
    const { headers } = request
    const standing = admission.standing(request)
    return {
      address: proxies.addressOf(request),
      standing,
      cookie: standing === 'own' ? cookieToken(headers.cookie, proxies.isHttps(request)) : undefined,
      agent: headers['user-agent'],
      region: headers['fly-region']?.toString()
    }
  }

  function received(this: Connection, { data }: { data?: string | Buffer }) {
    const { address } = open.get(this) ?? {}
    if (address !== undefined && !admission.accepts(this, address, data?.length ?? 0)) cut(this)
  }

  function closed(this: Connection) {
    const one = open.get(this)
    if (!one) return
    clock.after(CLOSE_WITHIN_MS, () => cut(this))
    one.turn.delete(this)
    unsent.remove(one)
    admission.closed(one.address)
  }

  io.engine.on('connection', (connection: Connection) => {
    const one = new OpenConnection(connection, clientOf(connection), heartbeats.add(connection))
    open.set(connection, one)
    admission.opened(one.address)
    unsent.add(one)
    connection.on('packet', received)
    connection.on('close', closed)
    forgetRequest(connection)
  })

  return {
    clientOf(connection) {
      const one = open.get(connection)
      if (!one) throw new Error('The connection was opened before it was kept.')
      return one.client
    },
    stop: () => heartbeats.stop()
  }
}
