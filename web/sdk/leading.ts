// What those who run the chat do with a program: give roles, invite, and moderate.
import { newId } from '../../src/contract.ts'
import type { Ask } from '../engine/socket.ts'
import type { Client } from './api.ts'
import type { Retrier } from './retry.ts'
import { idOf } from './room.ts'

type Leading = Pick<Client, 'leaders' | 'giveRole' | 'invite' | 'invitations' | 'withdrawInvitation'>
type Moderating = Pick<
  Client,
  'mute' | 'unmute' | 'ban' | 'unban' | 'restricted' | 'report' | 'reports' | 'resolveReport' | 'auditLog'
>

export const leading = (ask: Ask, { insist }: Pick<Retrier, 'insist'>): Leading => ({
  leaders: async () => (await insist(() => ask('role:list', {}))).people,
  async giveRole(person, role) {
    await insist(() => ask('role:give', { person, role }))
  },
  invite: (terms) => insist(() => ask('invitation:create', terms)),
  invitations: async (room) => (await insist(() => ask('invitation:list', { room }))).invitations,
  async withdrawInvitation(invitation) {
    await insist(() => ask('invitation:withdraw', { invitation }))
  }
})

/** An id makes it harmless that `insist` may send the same request twice. */
export const moderating = (ask: Ask, { insist }: Pick<Retrier, 'insist'>): Moderating => ({
  async mute(person, terms) {
    const id = newId()
    await insist(() => ask('person:mute', { person, id, ...terms }))
  },
  async unmute(person) {
    await insist(() => ask('person:unmute', { person }))
  },
  async ban(person, terms) {
    const id = newId()
    return (await insist(() => ask('person:ban', { person, id, ...terms }))).erased
  },
  async unban(person) {
    await insist(() => ask('person:unban', { person }))
  },
  restricted: async () => (await insist(() => ask('restriction:list', {}))).people,
  async report(room, message, reason) {
    await insist(() => ask('message:report', { room, message: idOf(message), reason }))
  },
  reports: (before) => insist(() => ask('report:list', { before })),
  async resolveReport(report, reason) {
    await insist(() => ask('report:resolve', { report, reason }))
  },
  auditLog: (before) => insist(() => ask('audit:list', { before }))
})
