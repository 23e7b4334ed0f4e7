// The person that a program is: devices, a color, what they wrote, and leaving for good.
import { exactReason, type Reason } from '../../src/contract.ts'
import type { Ask } from '../engine/socket.ts'
import type { Client, OwnData } from './api.ts'
import { refused } from './client-error.ts'
import type { Retrier } from './retry.ts'
import type { ClientSession } from './session.ts'

/** Thousands of messages are removed one by one. */
const LEAVING_TIMEOUT_MS = 10 * 60_000

type Account = Pick<
  Client,
  'devices' | 'endDevice' | 'endOtherDevices' | 'deviceLink' | 'chooseColor' | 'ownData' | 'leaveForGood'
>

export function account(options: {
  url: string
  ask: Ask
  retrier: Pick<Retrier, 'insist'>
  session: Pick<ClientSession, 'request' | 'fetch' | 'sendSecret'>
  /** The session is about to end, which is no reason to begin another one; or goes on. */
  leaving(isLeaving: boolean): void
  left(): Promise<void>
}): Account {
  const { url, ask, session, leaving, left } = options
  const { insist } = options.retrier
  return {
    devices: async () => (await insist(() => ask('device:list', {}))).devices,

    async endDevice(device) {
      await insist(() => ask('device:end', { device }))
      await session.sendSecret()
    },

    async endOtherDevices() {
      const { ended } = await insist(() => ask('device:end-others', {}))
      await session.sendSecret()
      return ended
    },

    async deviceLink() {
      const made = () => session.request<{ token: string; lastsMs: number }>('POST', '/api/devices/link')
      const { token, lastsMs } = await insist(made)
      return { url: `${url}/#device=${token}`, lastsMs }
    },

    async chooseColor(color) {
      await insist(() => ask('profile:set', { color }))
    },

    async ownData() {
      const response = await session.fetch('/api/person/data')
      if (response.ok) return (await response.json()) as OwnData
      const { reason = 'fault', detail } = (await response.json()) as { reason?: Reason; detail?: Reason }
      throw refused(exactReason({ reason, ...(detail && { detail }) }))
    },

    async leaveForGood({ messages }) {
      leaving(true)
      try {
        await insist(async () => {
          const reply = await session.request('DELETE', '/api/person', { messages }, LEAVING_TIMEOUT_MS)
          // An earlier attempt, whose answer was lost, has ended the session.
          return !reply.ok && reply.reason === 'sign-in' ? { ok: true, value: null } : reply
        })
      } catch (cause) {
        leaving(false)
        throw cause
      }
      await left()
    }
  }
}
