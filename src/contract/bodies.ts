// Bodies of HTTP requests.
import * as v from 'valibot'
import { id, invitationTerms, readPositions, roomChange, roomTitle, text, ticket } from './grammar.ts'
import { DIRECT_MAX_PEOPLE } from './limits.ts'
import { roles } from './people.ts'

export const bodies = {
  session: v.object({
    name: v.pipe(v.string(), v.maxLength(1_000)),
    moderator: v.optional(v.pipe(v.string(), v.maxLength(1_000))),
    /** 128 random bits in the form of an id, chosen by the client: a later sign-in with it finds the same person. */
    secret: v.optional(id),
    ...ticket
  }),
  oidc: v.object(ticket),
  role: v.object({ role: v.picklist(roles) }),
  invitation: v.object(invitationTerms),
  code: v.object({ code: v.pipe(v.string(), v.maxLength(64)) }),
  room: v.object({ title: roomTitle }),
  roomChange: v.object(roomChange),
  privateRoom: v.object({ title: roomTitle, history: v.optional(v.boolean()) }),
  direct: v.object({ people: v.pipe(v.array(id), v.minLength(1), v.maxLength(DIRECT_MAX_PEOPLE - 1)) }),
  member: v.object({ id: v.optional(id), person: id, owner: v.optional(v.literal(true)) }),
  read: v.object({ positions: readPositions }),
  message: v.object({ id: v.optional(id), text, replyTo: v.optional(id) })
} as const
