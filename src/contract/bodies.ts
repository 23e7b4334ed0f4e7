// Bodies of HTTP requests.
import * as v from 'valibot'
import { id, roomTitle, text } from './grammar.ts'

export const bodies = {
  session: v.object({
    name: v.pipe(v.string(), v.maxLength(1_000)),
    moderator: v.optional(v.pipe(v.string(), v.maxLength(1_000))),
    /** 128 random bits in the form of an id, chosen by the client: a later sign-in with it finds the same person. */
    secret: v.optional(id)
  }),
  room: v.object({ title: roomTitle }),
  message: v.object({ id: v.optional(id), text, replyTo: v.optional(id) })
} as const
