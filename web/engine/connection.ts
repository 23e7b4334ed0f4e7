// The connection to the server, and its reconnects. Nothing else opens or closes the transport.
import { computed, signal } from '@preact/signals'
import { exactReason, type NativeOut, type Refusal } from '../../src/contract.ts'
import { retryDelayMs } from './backoff.ts'
import type { ChatSocket } from './socket.ts'

/** A shorter outage is not shown. */
export const SILENT_MS = 2_000
/**
 * The server waits 6 s for a person whose connection was lost before it shows them as gone. So attempts follow each other closely at
 * first: after an outage of 5 s the next one comes early enough. A longer outage gets fewer and fewer.
 */
const EARLY_FOR_MS = 8_000
/** The first attempts of all people of a lost instance are spread over more than a second. */
const FIRST_RETRY = { minMs: 100, maxMs: 1_400 }
const EARLY_RETRY = { minMs: 350, maxMs: 700 }
const RETRY = { firstMs: 1_000, maxMs: 8_000 }

export type Hello = Parameters<NativeOut['server:hello']>[0]

/** Why a session ended. */
export type Ending = Omit<Refusal, 'ok'>

export interface ConnectionCallbacks {
  /** The server greeted a new connection: open the rooms again and send what waits. */
  online(hello: Hello): void
  offline(): void
  /** The server does not accept the session. */
  signIn(refusal: Ending): void
  /** Whether the server answers plain requests. Asked when a connection has failed for long. */
  isReachable?(): Promise<boolean>
}

export type Connection = ReturnType<typeof openConnection>

export function openConnection(socket: ChatSocket, callbacks: ConnectionCallbacks, random: () => number = Math.random) {
  const online = signal(false)
  /** Was online before: "reconnecting" instead of "connecting". */
  const wasOnline = signal(false)
  /** Offline for so long that it is shown. */
  const longOffline = signal(false)
  /** The server no longer understands this page's version. */
  const tooOld = signal(false)
  /** The device reports that it has no network. */
  const noNetwork = signal(false)
  /** The server answers plain requests, but WebSocket connections to it fail. */
  const noWebSocket = signal(false)
  const hello = signal<Hello | null>(null)
  /** When the present outage began. */
  let lostAt: number | null = null
  /** Attempts since the early ones. */
  let attempts = 0
  let retry: ReturnType<typeof setTimeout> | undefined
  let silence: ReturnType<typeof setTimeout> | undefined
  let opening = false
  let closed = false

  socket.on('server:hello', (payload) => {
    opening = false
    restart()
    hello.value = payload
    wasOnline.value = true
    online.value = true
    noNetwork.value = false
    noWebSocket.value = false
    clearTimeout(silence)
    silence = undefined
    longOffline.value = false
    callbacks.online(payload)
  })
  socket.on('disconnect', () => disconnected())
  socket.on('connect_error', (error) => {
    opening = false
    const refused = refusalIn(error)
    const { reason, retryAfterMs } = refused ?? {}
    if (refused && (reason === 'sign-in' || reason === 'banned')) {
      close()
      callbacks.signIn(refused)
    } else if (reason === 'too-old') {
      outdated()
    } else {
      disconnected(retryAfterMs)
      if (reason === undefined && attempts > 0) void checkWebSocket()
    }
  })
  // The instance is about to stop, or a nearer one is free. The server chooses the moment, so that not all clients come at once.
  socket.on('server:moving', ({ afterMs }) => {
    const { engine } = socket.io
    setTimeout(() => {
      // The client may have moved already: only the connection that was asked to move is closed.
      if (closed || socket.io.engine !== engine) return
      restart()
      engine.close()
    }, afterMs)
  })

  function disconnected(afterMs?: number) {
    opening = false
    if (online.value) callbacks.offline()
    online.value = false
    if (closed) return
    silence ??= setTimeout(() => (longOffline.value = true), SILENT_MS)
    clearTimeout(retry)
    retry = setTimeout(connect, nextDelayMs(afterMs))
  }

  function nextDelayMs(afterMs: number | undefined): number {
    const { minMs, maxMs } = lostAt === null ? FIRST_RETRY : EARLY_RETRY
    lostAt ??= Date.now()
    if (afterMs === undefined && Date.now() - lostAt < EARLY_FOR_MS) return minMs + random() * (maxMs - minMs)
    return retryDelayMs(attempts++, RETRY, { afterMs, random })
  }

  async function checkWebSocket() {
    const isReachable = (await callbacks.isReachable?.()) === true
    noWebSocket.value = isReachable && !online.value
  }

  /** The next attempts are early ones. */
  function restart() {
    lostAt = null
    attempts = 0
  }

  function connect() {
    clearTimeout(retry)
    if (closed || opening || socket.connected) return
    opening = true
    socket.connect()
  }

  /** Stops for good: only a newer page can help. */
  function outdated() {
    tooOld.value = true
    close()
  }

  function close() {
    closed = true
    clearTimeout(retry)
    clearTimeout(silence)
    socket.disconnect()
  }

  return {
    online,
    tooOld,
    noNetwork,
    hello,
    /** What the person reads about it, or null. */
    problem: computed(() => {
      if (tooOld.value) return 'too-old'
      if (online.value || !longOffline.value) return null
      if (noNetwork.value) return 'no-network'
      if (noWebSocket.value) return 'no-websocket'
      return wasOnline.value ? 'reconnecting' : 'connecting'
    }),

    start() {
      silence ??= setTimeout(() => (longOffline.value = true), SILENT_MS)
      connect()
    },

    /** Connects again after the server refused the session, with another one. */
    resume() {
      closed = false
      connect()
    },

    /** The device woke up, or its network came back: connect at once. */
    retryNow() {
      restart()
      noNetwork.value = false
      connect()
    },

    /**
     * The device lost its network, which the heartbeat would notice much later: the person reads it once no new connection opens. To a
     * server on the same computer one does.
     */
    networkLost() {
      noNetwork.value = true
      if (socket.connected) socket.io.engine.close()
    },

    /** Makes a new handshake, for instance with a new name. */
    reconnect() {
      restart()
      socket.io.engine.close()
    },

    outdated,
    close
  }
}

function refusalIn(error: Error): Ending | undefined {
  const { data } = error as Error & { data?: Ending }
  return data && { ...data, reason: exactReason(data) }
}
