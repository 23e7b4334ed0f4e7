// What a chat is: the verbs that people have. It knows no sockets, no HTTP and no Redis. A protocol turns its events into verbs, and
// announcements into its events.
import { noBus } from '../bus/messages.ts'
import { isOpen, newId, type PeopleFound, type Present, type Profile } from '../contract.ts'
import { ChatError } from '../errors.ts'
import { keyOf } from '../identity.ts'
import type { PeopleStore } from '../people/store.ts'
import type { People, PeopleChange } from '../presence/presence.ts'
import type { Caller } from './announcement.ts'
import type { Spender } from './budget.ts'
import { costs } from './costs.ts'
import { createAuditLog } from '../people/audit-log.ts'
import { createReports } from '../people/reports.ts'
import { createHub, type HubOptions } from './hub.ts'
import { createEraser } from './erase.ts'
import { createMemberVerbs } from './member-verbs.ts'
import { createMessageVerbs } from './message-verbs.ts'
import { createModerationVerbs, type ModerationOptions } from './moderation-verbs.ts'
import { createProfiles } from '../people/profiles.ts'
import type { Restrictions } from '../people/restrictions.ts'
import { refuseGuestsIn, refuseTyping } from './permissions.ts'
import { createRoleVerbs, type RoleVerbsOptions } from './role-verbs.ts'
import { createReads } from '../reads/reads.ts'
import type { ReadsStore } from '../reads/store.ts'
import { createOwnData } from './own-data.ts'
import { createPush, type PushMessage } from '../alerts/push.ts'
import type { AlertsStore } from '../alerts/store.ts'
import { createAlertVerbs } from './alert-verbs.ts'
import { createReadVerbs } from './read-verbs.ts'
import { createHistoryVerbs } from './history-verbs.ts'
import { createRoomVerbs } from './room-verbs.ts'
import { createTypingThrottle } from './typing.ts'

export type { Announcement, Caller, Receivers } from './announcement.ts'

export interface ChatOptions extends HubOptions, ModerationOptions, Pick<RoleVerbsOptions, 'invitations'> {
  roomLimit: number
  restrictions: Restrictions
  persons: Pick<PeopleStore, 'search' | 'names' | 'owners' | 'blockedBy' | 'block' | 'blocked'>
  reads: ReadsStore
  alerts: AlertsStore
  sendPush: PushMessage
  /** The public key by which push services know this chat. */
  pushKey(): Promise<string>
}

export type Chat = ReturnType<typeof createChat>

/**
 * The verbs. A verb refuses with a ChatError and stores nothing then. After StoreUnavailable the outcome is unknown, and the same verb
 * with the same id may be repeated.
 */
export function createChat(options: ChatOptions) {
  const { log, bus, clock, restrictions, onError } = options
  const hub = createHub(options)
  const isActive = (person: string) => hub.people()?.isActive(keyOf(person)) ?? true
  const reads = createReads({
    store: options.reads,
    bus,
    clock,
    isElsewhere: (person) => hub.people()?.isElsewhere(keyOf(person)) ?? false,
    // Without other instances nothing is saved by waiting.
    isOnlyHere: (person) => bus !== noBus && (hub.people()?.isOnlyHere(keyOf(person)) ?? false),
    isActive,
    onMoved: ({ person, positions }, from) => hub.announce({ kind: 'read', person, positions, ...(from && { from }) }),
    onError
  })
  const push = createPush({
    store: options.alerts,
    clock,
    onError,
    send: options.sendPush,
    isActive,
    membersOf: async (room) => (isOpen(room) ? null : (await hub.reads.room(room)).members.map(({ id }) => id)),
    mayNotify: async (person, author) =>
      author === null || (await options.persons.blockedBy([person], author)).length === 0,
    readUpTo: reads.upTo,
    titleOf: async (room) => (isOpen(room) ? (await hub.directory.find(room)).title : '')
  })
  hub.onAnnounce((announcement) => {
    if (announcement.kind !== 'received' || announcement.event.kind !== 'removed') return
    push.removed(announcement.event.message.id)
  })
  const { spend } = hub.budget
  const typing = createTypingThrottle(clock)
  const members = createMemberVerbs({ ...options, hub })
  const audit = createAuditLog(options.table)
  const profiles = createProfiles(options)
  const erase = createEraser({ log, hub, clock })
  const { note, ...moderation } = createModerationVerbs({
    ...options,
    audit,
    reports: createReports(options.table),
    hub,
    erase
  })

  return {
    ...createMessageVerbs({ log, clock, hub, persons: options.persons, restrictions, note, onStored: push.stored }),
    ...createAlertVerbs({ store: options.alerts, push, hub, clock, key: options.pushKey }),
    ...members,
    ...createRoomVerbs({ ...options, hub, note, members }),
    ...createHistoryVerbs({ log, hub, shown: members.shown }),
    ...createReadVerbs({ log, reads, hub }),
    ...createRoleVerbs({ ...options, audit, changeMember: members.changeMember, hub }),
    ...moderation,
    ...createOwnData({ ...options, hub, erase }),

    onAnnounce: hub.onAnnounce,

    /** Presence is announced through the chat too, so that one place orders what clients receive. */
    meet(people: People) {
      hub.usePeople(people)
    },
    peopleChanged(change: PeopleChange) {
      for (const { key } of change.left) hub.typing.end(change.room, key)
      hub.announce({ kind: 'people', ...change })
    },
    keyShared(room: string, key: string) {
      hub.announce({ kind: 'key-shared', room, key })
    },

    /** Sets the function that counts this instance's connections in a room. */
    countReceivers: hub.countReceivers,

    /** Milliseconds until a new person's name may come from this address; 0 at once. */
    nameWait: (address: string) => hub.budget.wait('names', address),
    nameClaimed: (address: string) => hub.budget.created('names', address),

    /** Pays for an operation before it is done; see costs.ts. @throws ChatError too-fast */
    spend,

    /** As `spend`, but false instead of an error. */
    maySpend(spender: Spender, cost: number): boolean {
      try {
        spend(spender, cost)
        return true
      } catch (cause) {
        if (!(cause instanceof ChatError)) throw cause
        return false
      }
    },

    /** Delivers the room's events on this instance from now on. Tries again while the store is unavailable. */
    follow: hub.feeds.follow,

    /**
     * Resolves once this instance has delivered everything that the room's log holds now, or after `withinMs`. A client that comes from
     * another instance then receives nothing a second time.
     */
    async caughtUp(room: string, withinMs: number): Promise<void> {
      if (bus !== noBus) await hub.feeds.reach(room, async () => (await hub.reads.room(room)).head, withinMs)
    },

    /**
     * Sends it to the others, of a fast typist once a second, and to other instances more rarely. Starting costs a token; stopping is
     * free, or it could be lost.
     */
    setTyping(caller: Caller, room: string, who: Present, on: boolean) {
      refuseGuestsIn(caller, room)
      if (on) spend(caller, costs.event)
      if (on && caller.person) restrictions.check(caller.person.id, 'writing')
      if (on) refuseTyping(hub, caller, room)
      const news = caller.connection ? typing.newsFor(caller.connection, room, on) : 'everywhere'
      if (news !== 'nobody') hub.typingChanged({ room, who, on, from: caller.connection, isFar: news === 'everywhere' })
    },

    /** What was typed is sent. The message says so itself, so nothing is announced. */
    typingSent({ connection }: Caller, room: string) {
      if (connection) typing.newsFor(connection, room, false)
    },

    /** People by the beginning of their names. @throws ChatError too-fast, sign-in; StoreUnavailable */
    async searchPeople(caller: Caller, text: string, from?: string): Promise<PeopleFound> {
      spend(caller, costs.event)
      if (!caller.person) throw new ChatError('sign-in')
      const { people, ...next } = await options.persons.search(text, from)
      return {
        people: people.map(({ id, name }) => ({ id, key: keyOf(id), name, role: options.standings.of(id).role })),
        ...next
      }
    },

    /**
     * What is known of people besides their names, by key, and the names that people have now, by id.
     * @throws ChatError too-fast, sign-in; with ids StoreUnavailable
     */
    async profiles(
      caller: Caller,
      keys: readonly string[],
      people: readonly string[] = []
    ): Promise<{ profiles: Profile[] }> {
      spend(caller, costs.event)
      if (!caller.person) throw new ChatError('sign-in')
      const found = new Map(profiles.of(keys).map((one) => [one.key, one]))
      const named = people.length > 0 ? await options.persons.names(people) : []
      for (const { id, name } of named) found.set(keyOf(id), { ...(found.get(keyOf(id)) ?? { key: keyOf(id) }), name })
      return { profiles: [...found.values()] }
    },

    /** The person has this name now, which the store of people holds. */
    renamed: profiles.renamed,

    /** The person has chosen a color. @throws ChatError too-fast, sign-in, too-many; StoreUnavailable */
    async setProfile(caller: Caller, { color }: { color: number }): Promise<null> {
      spend(caller, costs.event, 'write')
      if (!caller.person) throw new ChatError('sign-in')
      await profiles.choose(caller.person.id, color)
      return null
    },

    /** Called whenever a profile has changed, on whatever instance. */
    onProfile: profiles.onChange,

    /** Ends a session everywhere. */
    signOut: hub.signedOut,

    /** Finds events whose bus message was lost: one read for all rooms, which is returned. Worth it only while clients are connected. */
    compareHeads: () => hub.feeds.compare((rooms) => log.heads(rooms.filter((room) => !isOpen(room)))),

    /** An id for a verb that came without one. It is made before the first attempt, so a retry is recognized. */
    newId,

    /** Stores what is only in memory. */
    async close() {
      hub.feeds.close()
      push.close()
      await reads.close()
    }
  }
}
