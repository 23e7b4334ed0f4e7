// What those who run the chat do with a program: give roles, and invite.
import type { Ask } from '../engine/socket.ts'
import type { Client } from './api.ts'
import type { Retrier } from './retry.ts'

type Leading = Pick<Client, 'leaders' | 'giveRole' | 'invite' | 'invitations' | 'withdrawInvitation'>

export const leading = (ask: Ask, { insist }: Pick<Retrier, 'insist'>): Leading => ({
  leaders: async () => (await insist(() => ask('role:list', {}))).people,
  async giveRole(person, role) {
    await insist(() => ask('role:give', { person, role }))
  },
  invite: (terms) => insist(() => ask('invitation:create', terms)),
  invitations: async () => (await insist(() => ask('invitation:list', {}))).invitations,
  async withdrawInvitation(invitation) {
    await insist(() => ask('invitation:withdraw', { invitation }))
  }
})
