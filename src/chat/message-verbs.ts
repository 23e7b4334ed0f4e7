// The verbs that change messages. Each is stored first; then the requester is acknowledged, and everyone receives the event.
import { isOpen, type Mention, type Message, type Receipt, type RoomEvent } from '../contract.ts'
import type { Clock } from '../clock.ts'
import { ChatError } from '../errors.ts'
import { changeBytes, eventBytes } from '../log/answer-bytes.ts'
import type { Change, MessageLog } from '../log/message-log.ts'
import { createStoreQueue } from '../log/store-queue.ts'
import type { PeopleStore } from '../people/store.ts'
import type { Caller, Receivers } from './announcement.ts'
import { hashOf } from './budget.ts'
import { costs, fanOutCost, inputCost } from './costs.ts'
import type { Hub } from './hub.ts'
import type { ModerationVerbs } from './moderation-verbs.ts'
import type { Restrictions } from '../people/restrictions.ts'
import { may, moderates, refuseGuestsIn } from './permissions.ts'
import { mentionsIn } from './mentions.ts'
import { cleanText, isEmoji } from './rules.ts'

/** Strangers' writes in flight, so that a burst of them passes in parts, between which the others are served. */
const STRANGERS_IN_FLIGHT_MAX = 32
const STRANGERS_PER_ADDRESS_MAX = 16
/** In a far region the burst of one address takes nearly as long. */
const STRANGERS_WAIT_MAX_MS = 10_000

/** `id` is the idempotency key of the verb, chosen by the client. */
interface Target {
  room: string
  id: string
}

/** The same id with another text is another message. Unknown once the message was edited or removed: its first text is gone. */
const isOtherText = (change: Change, { message }: RoomEvent): boolean =>
  change.kind === 'sent' &&
  message.editedAt === undefined &&
  !message.removed &&
  message.text !== change.text.toWellFormed()

interface MessageVerbsOptions {
  log: MessageLog
  clock: Clock
  hub: Hub
  persons: Pick<PeopleStore, 'owners'>
  restrictions: Restrictions
  note: ModerationVerbs['note']
  /** Called for each message that was stored here, once. */
  onStored(room: string, message: Message): void
}

export function createMessageVerbs(options: MessageVerbsOptions) {
  const { log, clock, hub, persons, restrictions, note, onStored } = options
  const { spend, owe } = hub.budget
  const strangers = createStoreQueue({
    clock,
    inFlightMax: STRANGERS_IN_FLIGHT_MAX,
    perKeyMax: STRANGERS_PER_ADDRESS_MAX,
    waitsMaxMs: STRANGERS_WAIT_MAX_MS
  })

  /** The last lookup of each author's mentions. */
  const lookups = new Map<string, Promise<Mention[]>>()
  /** Appends that are not answered yet, those that wait for a slot included. */
  const pending = new Set<Promise<unknown>>()

  function append(caller: Caller, change: Change) {
    if (!caller.person) restrictions.checkAddress(caller.address)
    else restrictions.check(caller.person.id, change.kind === 'removed' ? undefined : 'writing')
    const known = { tableRevision: restrictions.revision, settingsNoted: hub.people()?.understoodByAll() ?? false }
    const mentions = mentioned(caller, change)
    const write = (found: Mention[] = []) =>
      appendNow(caller, { ...known, ...change, ...(found.length > 0 && { mentions: found }) })
    const appended = mentions ? mentions.then(write) : caller.person ? write() : strangers.run(caller.address, write)
    const settled = () => void pending.delete(appended)
    pending.add(appended)
    appended.then(settled, settled)
    return appended
  }

  /** Null where nothing has to be looked up. What an author sends during a lookup waits for it, so that nothing changes places. */
  function mentioned({ person }: Caller, change: Change): Promise<Mention[]> | null {
    if (!person) return null
    const { id: author } = person
    const before = lookups.get(author)
    const text = 'text' in change ? change.text : ''
    if (!before && !text.includes('@')) return null
    const look = () =>
      mentionsIn(text, persons, { author, mayMentionAll: () => moderates(hub, { person }, change.room) })
    const found = before ? before.then(look, look) : look()
    lookups.set(author, found)
    const settled = () => void (lookups.get(author) === found && lookups.delete(author))
    found.then(settled, settled)
    return found
  }

  async function appendNow(caller: Caller, change: Change): Promise<Receipt & { message: Message }> {
    const at = hub.feeds.at(change.room)
    const rights = caller.person
      ? { asModerator: may(caller.person, 'moderate a room') }
      : { slowed: hashOf(caller.address) }
    const appended = await log.append({ ...rights, ...change, ...(at && { known: at }) })
    const { event, repeated } = appended
    if (repeated && isOtherText(change, event)) throw new ChatError('id-taken')
    // Delivered after this turn, so the acknowledgement goes out first.
    hub.distribute(change.room, appended)
    if (!repeated && event.kind === 'sent') onStored(change.room, event.message)
    if (!repeated) owe(caller, fanOutCost(fanOutBytes(event, hub.receiversOf(change.room))))
    return { seq: event.seq, id: event.id, at: event.at, message: event.message }
  }

  const stamp = ({ person, name }: Caller) => ({
    by: { id: person?.id ?? null, name: person?.name ?? name },
    at: clock.now()
  })

  return {
    /** Resolves once everything that was sent here until now is stored or refused. */
    settled: () => Promise.allSettled(pending),

    async send(
      caller: Caller,
      { room, id, text, replyTo }: Target & { text: string; replyTo?: string | undefined }
    ): Promise<Receipt & { message: Message }> {
      spend(caller, costs.event + inputCost(text.length), 'write')
      refuseGuestsIn(caller, room)
      const clean = cleanText(text)
      return append(caller, { kind: 'sent', room, id, ...stamp(caller), text: clean, ...(replyTo && { replyTo }) })
    },

    async edit(caller: Caller, { room, id, message, text }: Target & { message: string; text: string }) {
      spend(caller, costs.event + inputCost(text.length), 'write')
      refuseGuestsIn(caller, room)
      const clean = cleanText(text)
      return receipt(await append(caller, { kind: 'edited', room, id, message, ...stamp(caller), text: clean }))
    },

    async remove(caller: Caller, { room, id, message }: Target & { message: string }) {
      spend(caller, costs.event, 'write')
      refuseGuestsIn(caller, room)
      const asModerator = await moderates(hub, caller, room)
      const removed = await append(caller, { kind: 'removed', room, id, message, ...stamp(caller), asModerator })
      const { by: whom, seq } = removed.message
      // Who runs the chat learns of no private room.
      if (isOpen(room) && asModerator && whom.id !== caller.person?.id)
        await note(caller, { what: 'remove', whom, room, seq }, id)
      return receipt(removed)
    },

    async react(
      caller: Caller,
      { room, id, message, emoji, on }: Target & { message: string; emoji: string; on: boolean }
    ) {
      spend(caller, costs.event, 'write')
      refuseGuestsIn(caller, room)
      if (!caller.person) throw new ChatError('sign-in')
      if (!isEmoji(emoji)) throw new ChatError('bad-request')
      return receipt(await append(caller, { kind: 'reacted', room, id, message, ...stamp(caller), emoji, on }))
    }
  }
}

/** Bytes that one event costs this instance, to all of its receivers. */
const fanOutBytes = (event: RoomEvent, { whole, compact }: Receivers) =>
  eventBytes(event) * whole + changeBytes(event) * compact

const receipt = ({ seq, id, at }: Receipt): Receipt => ({ seq, id, at })
