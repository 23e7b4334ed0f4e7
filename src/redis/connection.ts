// The connection to Redis that the log, the sessions and, without a REST address, presence share.
import { ErrorReply, RedisClient as Client } from 'redis'
import { backoffMs, jittered } from '../backoff.ts'

/** Waits between attempts to connect. */
const RECONNECT = { minMs: 50, maxMs: 1_000 }
const CONNECT_MS = 3_000
/** Commands that wait for Redis at once. More are refused, so that an outage does not fill memory. */
const COMMANDS_MAX = 4_096
/** Each store listens to the connection; more than this many would be a leak. */
const LISTENERS_MAX = 50

export type RedisClient = ReturnType<typeof connectRedis>

/**
 * Connects in the background and never gives up. Commands sent meanwhile wait. `rediss://` uses TLS.
 * @param options.onError called for every lost connection and failed attempt
 * @param options.onAnswer called when a connection can be used
 * @param options.name shown in CLIENT LIST
 */
export function connectRedis(
  url: string,
  { onError, onAnswer = () => {}, name }: { onError: (cause: unknown) => void; onAnswer?: () => void; name: string }
) {
  // Not `createClient`: it creates a method for each of 400 commands per client, which takes longer than the rest of a start.
  const client = new Client({
    url,
    // All replies are lists of strings, the same in versions 2 and 3. Version 2 needs no HELLO, which some hosts do not know.
    RESP: 2,
    commandsQueueMaxLength: COMMANDS_MAX,
    disableClientInfo: true,
    socket: { connectTimeout: CONNECT_MS, reconnectStrategy: reconnectIn }
  })
  client.setMaxListeners(LISTENERS_MAX)
  client.on('error', onError)
  // Not the client's own option: a host that refuses the command would refuse the connection.
  const label = name.replaceAll(/[^!-~]/g, '-')
  const refused = (cause: unknown) => {
    if (!(cause instanceof ErrorReply)) return
    if (cause.message.startsWith('NOAUTH')) onError(cause)
    else onAnswer()
  }
  client.on('ready', () => {
    client.sendCommand(['CLIENT', 'SETNAME', label], { asap: true }).then(onAnswer, refused)
  })
  client.connect().catch(onError)
  return client
}

/** Milliseconds before the next attempt to connect. Never gives up. */
export const reconnectIn = (retries: number): number => jittered(backoffMs(retries, RECONNECT))
