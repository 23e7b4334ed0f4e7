// A new session of a person who has proven to be that one.
import type { Context } from 'hono'
import type { SessionAnswer } from '../contract.ts'
import type { Identity } from '../identity.ts'
import type { Devices } from '../sessions/devices.ts'
import type { Requesters } from './requesters.ts'

export interface OpenSessionDeps {
  identity: Identity
  devices: Devices
  requesters: Requesters
}

export function createSessionOpener({ identity, devices, requesters }: OpenSessionDeps) {
  /** @throws ChatError banned */
  return async (c: Context, id: string, name: string): Promise<SessionAnswer> => {
    requesters.admit(c, id)
    requesters.admit(c, id)
    const answer = await identity.issue(name, { id })
    const issued = await identity.verify(answer.token)
    if (issued) devices.seen(issued, c.req.header('user-agent'))
    await requesters.setCookie(c, answer)
    return answer
  }
}
