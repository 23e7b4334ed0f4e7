// Private rooms, direct conversations and other people, for a program.
import { newId } from '../../src/contract.ts'
import type { Ask } from '../engine/socket.ts'
import type { Client } from './api.ts'
import type { Retrier } from './retry.ts'

type PrivateRooms = Pick<
  Client,
  | 'createPrivateRoom'
  | 'directRoom'
  | 'members'
  | 'addMember'
  | 'removeMember'
  | 'makeOwner'
  | 'leaveRoom'
  | 'findPeople'
  | 'block'
  | 'blocked'
>

/** An id makes it harmless that `insist` may send the same request twice. */
export const privateRooms = (ask: Ask, { insist }: Pick<Retrier, 'insist'>): PrivateRooms => {
  async function change(event: 'member:add' | 'member:remove' | 'member:own', room: string, person: string) {
    const id = newId()
    await insist(() => ask(event, { room, id, person }))
  }

  return {
    createPrivateRoom: (title, { history = false } = {}) => insist(() => ask('private:create', { title, history })),
    directRoom: (people) => insist(() => ask('direct:open', { people: [...people] })),
    members: async (room) => (await insist(() => ask('member:list', { room }))).members,
    addMember: (room, person) => change('member:add', room, person),
    removeMember: (room, person) => change('member:remove', room, person),
    makeOwner: (room, person) => change('member:own', room, person),
    async leaveRoom(room) {
      const id = newId()
      await insist(() => ask('member:leave', { room, id }))
    },
    findPeople: (text, from) => insist(() => ask('people:search', { text, from })),
    async block(person, on = true) {
      await insist(() => ask('person:block', { person, on }))
    },
    blocked: async () => (await insist(() => ask('person:blocked', {}))).people
  }
}
