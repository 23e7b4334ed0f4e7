// Whether we are connected, and coming back when we aren't. All reasons to try again meet here; nothing else touches the transport.
import { computed, signal } from '@preact/signals'
import type { NativeOut, Reason } from '../../src/contract.ts'
import { retryDelayMs } from './backoff.ts'
import type { ChatSocket } from './socket.ts'

/** Troubles shorter than this are nobody's business. */
export const SILENT_MS = 2_000
const RETRY = { firstMs: 400, maxMs: 8_000 }

export type Hello = Parameters<NativeOut['server:hello']>[0]

export interface ConnectionCallbacks {
  /** The server has said hello on a new connection: open rooms again, send what waits. */
  online(hello: Hello): void
  offline(): void
  /** The session isn't accepted. */
  signIn(reason: Reason): void
}

export type Connection = ReturnType<typeof openConnection>

export function openConnection(socket: ChatSocket, ears: ConnectionCallbacks, random: () => number = Math.random) {
  const online = signal(false)
  /** Has been online before: "reconnecting", not "connecting". */
  const before = signal(false)
  /** Not online for longer than anyone should be bothered with. */
  const troubled = signal(false)
  /** This page speaks a version that the server no longer understands. */
  const tooOld = signal(false)
  /** The device itself says it has no network. */
  const noNetwork = signal(false)
  const hello = signal<Hello | null>(null)
  let tries = 0
  let retry: ReturnType<typeof setTimeout> | undefined
  let silence: ReturnType<typeof setTimeout> | undefined
  let opening = false
  let closed = false

  socket.on('server:hello', (said) => {
    opening = false
    tries = 0
    hello.value = said
    before.value = true
    online.value = true
    noNetwork.value = false
    clearTimeout(silence)
    silence = undefined
    troubled.value = false
    ears.online(said)
  })
  socket.on('disconnect', () => away())
  socket.on('connect_error', (error) => {
    opening = false
    const { reason, retryAfterMs } = refusal(error)
    if (reason === 'sign-in') {
      close()
      ears.signIn(reason)
    } else if (reason === 'too-old') {
      outdated()
    } else {
      away(retryAfterMs)
    }
  })
  // The instance is about to stop, or a nearer one is free. The server chooses the moment, so that not all clients come at once.
  socket.on('server:moving', ({ afterMs }) => {
    const { engine } = socket.io
    setTimeout(() => {
      // The client may have moved already: only the connection that was asked to move is closed.
      if (closed || socket.io.engine !== engine) return
      tries = 0
      engine.close()
    }, afterMs)
  })

  function away(afterMs?: number) {
    opening = false
    if (online.value) ears.offline()
    online.value = false
    if (closed) return
    silence ??= setTimeout(() => (troubled.value = true), SILENT_MS)
    clearTimeout(retry)
    retry = setTimeout(connect, retryDelayMs(tries++, RETRY, { afterMs, random }))
  }

  function connect() {
    clearTimeout(retry)
    if (closed || opening || socket.connected) return
    opening = true
    socket.connect()
  }

  /** Nothing is tried any more: only a newer page can help. */
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
    troubled,
    tooOld,
    noNetwork,
    hello,
    /** What to tell the person, or nothing. */
    trouble: computed(() => {
      if (tooOld.value) return 'too-old'
      if (online.value || !troubled.value) return null
      if (noNetwork.value) return 'no-network'
      return before.value ? 'reconnecting' : 'connecting'
    }),

    start() {
      silence ??= setTimeout(() => (troubled.value = true), SILENT_MS)
      connect()
    },

    /** The device woke up, or its network came back: now rather than later. */
    retryNow() {
      tries = 0
      // A connection from before the network went may look alive for a long time.
      if (noNetwork.value && socket.connected) socket.io.engine.close()
      noNetwork.value = false
      connect()
    },

    /** The device lost its network: no need to wait for the heartbeat to find out. */
    networkLost() {
      noNetwork.value = true
    },

    /** A new handshake, for instance with a new name. */
    again() {
      tries = 0
      socket.io.engine.close()
    },

    outdated,
    close
  }
}

function refusal(error: Error): { reason?: Reason; retryAfterMs?: number } {
  const { data } = error as Error & { data?: { reason?: Reason; retryAfterMs?: number } }
  return data ?? {}
}
