// What the client stores, with the version that wrote it. Records of a newer version are left alone.
import * as v from 'valibot'
import { newId, roles, type Cursor, type SessionAnswer } from '../../src/contract.ts'
import { readItem, type OutboxStore } from '../engine/outbox/item.ts'
import { ClientError } from './client-error.ts'
import type { ClientStore } from './store.ts'

const VERSION = 1

const cursor = v.object({ epoch: v.string(), seq: v.number(), id: v.string(), proof: v.exactOptional(v.string()) })
const placeRecord = v.object({ v: v.literal(VERSION), at: cursor, until: v.optional(cursor) })
export const sessionFields = {
  person: v.object({
    id: v.string(),
    key: v.string(),
    name: v.string(),
    moderator: v.boolean(),
    role: v.exactOptional(v.fallback(v.picklist(roles), 'visitor'))
  }),
  token: v.string(),
  expiresAt: v.number()
}
const secretRecord = v.object({ v: v.literal(VERSION), secret: v.string() })
const sessionRecord = v.object({ v: v.literal(VERSION), ...sessionFields })

/** The place of a room's handlers: everything up to `at` is handled. With `until`, they still read history up to there. */
export interface Place {
  at: Cursor
  until?: Cursor | undefined
}

/** @throws ClientError `newer`; an error when it is no place */
export async function readPlace(store: ClientStore, room: string): Promise<Place | null> {
  const stored = await store.get(placeKey(room))
  return stored === undefined ? null : read(placeRecord, stored)
}
export const storePlace = (store: ClientStore, room: string, { at, until }: Place) =>
  store.put(placeKey(room), { v: VERSION, at, ...(until && { until }) })
const placeKey = (room: string) => `place:${room}`

/** @throws ClientError `newer`; an error when it is no session */
export async function readSession(store: ClientStore): Promise<SessionAnswer | null> {
  const stored = await store.get(SESSION)
  return stored === undefined ? null : read(sessionRecord, stored)
}
export const storeSession = (store: ClientStore, { person, token, expiresAt }: SessionAnswer) =>
  store.put(SESSION, { v: VERSION, person, token, expiresAt })
const SESSION = 'session'

/** What proves to the server that a later sign-in is the same program: made once, and stored before it is used. */
export async function signInSecret(store: ClientStore): Promise<{ secret: string; isNew: boolean }> {
  const stored = await store.get(SECRET)
  if (stored !== undefined) return { secret: read(secretRecord, stored).secret, isNew: false }
  const secret = newId()
  await store.put(SECRET, { v: VERSION, secret })
  return { secret, isNew: true }
}
const SECRET = 'secret'

function read<T>(schema: v.GenericSchema<unknown, T>, stored: unknown): T {
  if (isNewer(stored))
    throw new ClientError('newer', 'This store was written by a newer version of the client; it was left as it is.')
  return v.parse(schema, stored)
}

const isNewer = (stored: unknown) => v.is(v.object({ v: v.pipe(v.number(), v.minValue(VERSION + 1)) }), stored)

/**
 * One person's unconfirmed messages. Changes made during a write are written together afterwards.
 * `failed` receives what the store throws later; the next change tries again.
 * @throws when what is stored can't be read
 */
export async function storedOutbox(store: ClientStore, person: string, failed: (cause: unknown) => void) {
  const key = `outbox:${person}`
  const stored = v.parse(v.optional(v.array(v.unknown()), []), await store.get(key))
  /** Items of a newer version stay stored, and are left to it. */
  const newer = stored.filter((item) => !readItem(item))
  const items = new Map(stored.flatMap((item) => readItem(item) ?? []).map((item) => [item.id, item]))
  let dirty = false
  let writing: Promise<void> | null = null

  async function write() {
    while (dirty) {
      dirty = false
      const all = [...newer, ...items.values()]
      try {
        await (all.length > 0 ? store.put(key, all) : store.remove(key))
      } catch (cause) {
        failed(cause)
      }
    }
    writing = null
  }

  function changed() {
    dirty = true
    writing ??= write()
  }

  return {
    load: async () => [...items.values()],
    put(item) {
      items.set(item.id, item)
      changed()
    },
    remove(id) {
      if (items.delete(id)) changed()
    },
    /** Resolves once everything is written. */
    async written() {
      await writing
    }
  } satisfies OutboxStore & { written(): Promise<void> }
}
