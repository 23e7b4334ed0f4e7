// Turns errors into HTTP answers. Handlers throw; no other code writes an error body.
import type { Context, ErrorHandler } from 'hono'
import { HTTPException } from 'hono/http-exception'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { CeremonyFailure } from '../contract/accounts.ts'
import { CeremonyFailed, ChatError, StoreDamaged, StoreUnavailable } from '../errors.ts'
import { newId, olderReasons, type Reason } from '../contract.ts'
import type { Log } from '../process/logger.ts'

/** When to try again, for errors that name no time. */
const RETRY_MS: Partial<Record<Reason, number>> = { 'too-fast': 1_000, unavailable: 2_000 }

const answers: Record<Reason, [status: ContentfulStatusCode, sentence: string]> = {
  'bad-request': [400, 'The request has the wrong shape'],
  'sign-in': [401, 'Sign in first'],
  'not-allowed': [403, 'Not allowed'],
  'last-owner': [409, 'The chat needs an owner: appoint another one first'],
  'invite-only': [403, 'This chat is for people who were invited: ask a moderator or an owner for an invitation'],
  'invitation-over': [410, 'This link is used up, expired or withdrawn: ask for another one'],
  'no-person': [404, 'Person not found'],
  'too-many': [409, 'There are too many of these: remove some first'],
  'not-joined': [403, 'Open the room first'],
  'no-room': [404, 'Room not found'],
  'no-message': [404, 'Message not found'],
  'id-taken': [409, 'This id was used before for something else'],
  'name-taken': [409, 'Somebody has this name, or one that looks like it'],
  'name-bad': [400, 'The name is empty, too long or has characters that are not allowed'],
  'name-reserved': [400, 'Words that stand for a role, like moderator, are for those who have it'],
  'text-empty': [400, 'The text is required'],
  'text-too-long': [400, 'The text is too long'],
  'room-exists': [409, 'There is a room with this title'],
  'rooms-full': [409, 'No more rooms can be made'],
  'members-full': [409, 'No more people fit into this room'],
  'already-member': [409, 'This person is in the room already'],
  blocked: [403, 'This person does not accept messages from you'],
  'reactions-full': [409, 'No more reactions fit on this message'],
  'read-only': [403, 'Only those who moderate the room write in it'],
  'room-closed': [403, 'The room is closed: nobody writes in it any more'],
  muted: [403, 'You are muted and can’t write for now'],
  banned: [403, 'You are banned from this chat'],
  'slow-mode': [429, 'The room is in slow mode, try again later'],
  'too-fast': [429, 'Too fast, try again shortly'],
  'store-full': [507, 'The chat is full, and you have stored much; remove old messages or wait'],
  'too-old': [400, 'This client is too old'],
  unavailable: [503, 'Not confirmed, try again shortly'],
  fault: [500, 'Something went wrong']
}

const failures: Record<CeremonyFailure, string> = {
  expired: 'This took too long, or was done before: begin again',
  'passkey-unknown': 'This chat does not know the passkey',
  'passkey-refused': 'The passkey was made for another address, or could not be verified',
  'passkeys-full': 'There are too many passkeys: remove one first',
  'last-passkey': 'Without the last passkey the name lasts 30 days only: repeat with ?last=true if it is meant',
  'no-passkeys-here': 'Passkeys need a page of this chat, at an address with a name',
  'provider-unavailable': 'The provider of this sign-in does not answer just now: try again shortly',
  'provider-refused': 'The provider did not confirm who you are',
  'subject-taken': 'This account of the provider belongs to somebody else here'
}

/** Builds the body of a refusal. The course protocol has its own; all others include the reason. */
export type RefusalBody = (reason: Reason | 'not-found', sentence: string) => Record<string, string>
export const plainRefusal: RefusalBody = (reason, message) => ({ reason, message })

/**
 * Turns anything thrown into an answer. ChatError, StoreUnavailable and HTTPException have an answer of their own; anything else is a
 * bug, which is logged under an id that the answer contains too.
 */
export function answerErrors(log: Pick<Log, 'error'>, bodyOf: RefusalBody = plainRefusal): ErrorHandler {
  return (error, c) => {
    if (error instanceof HTTPException) return c.json(bodyOf(reasonFor(error.status), error.message), error.status)
    const refusal = error instanceof StoreUnavailable ? new ChatError('unavailable') : error
    if (refusal instanceof ChatError) {
      const { reason, retryAfterMs = RETRY_MS[reason], suggestion, why } = refusal
      const failure = refusal instanceof CeremonyFailed ? refusal.failure : null
      const [usual, general] = answers[reason]
      const status = failure === 'expired' ? 410 : usual
      const sentence = failure ? failures[failure] : general
      if (retryAfterMs !== undefined) c.header('Retry-After', String(Math.max(1, Math.ceil(retryAfterMs / 1_000))))
      if (status === 401) c.header('WWW-Authenticate', 'Bearer')
      const body = bodyOf(olderReasons[reason] ?? reason, sentence)
      const exact = failure ?? (reason in olderReasons ? reason : null)
      const detail = exact && { detail: exact }
      return c.json(
        { ...body, ...detail, ...(suggestion !== undefined && { suggestion }), ...(why !== undefined && { why }) },
        status
      )
    }
    const id = newId()
    // Damage is logged once, by the store.
    if (!(error instanceof StoreDamaged))
      log.error({ err: error, id, method: c.req.method, path: c.req.path }, 'a request failed')
    const [status, sentence] = answers.fault
    return c.json({ ...bodyOf('fault', sentence), id }, status)
  }
}

/** For a method that is not allowed at this address: 405, with those that are. */
export function answerMethods(bodyOf: RefusalBody = plainRefusal) {
  return (c: Context, methods: string[]) => {
    const allowed = methods.join(', ')
    c.header('Allow', allowed)
    return c.json(bodyOf('bad-request', `Only ${allowed} can be used here`), 405)
  }
}

const reasonFor = (status: number) => (status === 404 ? 'not-found' : status < 500 ? 'bad-request' : 'fault')
