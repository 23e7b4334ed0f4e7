// People, sessions, rooms and presence.

/**
 * From the least to the most. A visitor has only a name; a member has an account, came by an invitation or was appointed; moderators may
 * remove what others wrote; owners appoint them.
 */
export const roles = ['visitor', 'member', 'moderator', 'owner'] as const
export type Role = (typeof roles)[number]

export const isAtLeast = (role: Role, needed: Role): boolean => roles.indexOf(role) >= roles.indexOf(needed)

export interface Person {
  id: string
  /** 64 bits, derived from the id. */
  key: string
  name: string
  /** For clients of an earlier build: at least a moderator. */
  moderator: boolean
  /** Absent from servers of an earlier build. */
  role?: Role
  /** For the person's own pages: may not write for so long, or for good without `forMs`. `why`: what a moderator wrote. */
  muted?: { forMs?: number; why?: string } | undefined
  /** That the person has chosen, from 0 to COLORS - 1. Without one it follows from the key. */
  color?: number | undefined
}

/** Colors that people choose from. */
export const COLORS = 8

/** What is known of a person besides the name in messages, by key. Nothing is known of most people. */
export interface Profile {
  key: string
  color?: number
  /** The name now: of people who were asked for by id, and of somebody who has taken another one. */
  name?: string
  /** Has left for good: the name in copies of their messages goes too. */
  former?: true
}

/** An owner or moderator, also by `MODERATOR_TOKEN`, without the name: for the mark beside it. */
export type Mark = Required<Pick<Person, 'id' | 'key' | 'role'>>

/** An owner or moderator. */
export type Leader = Required<Pick<Person, 'id' | 'key' | 'name' | 'role'>>

/** A page of people who have a name here, present or not. `next`: how to ask for the following page, when there may be one. */
export interface PeopleFound {
  /** `role`: absent from servers of an earlier build. */
  people: Pick<Person, 'id' | 'key' | 'name' | 'role'>[]
  next?: string
}

export interface SessionAnswer {
  person: Person
  token: string
  /** Milliseconds since 1970. */
  expiresAt: number
}

/** A session of a person, as the person sees it. */
export interface Device {
  /** Id of the session, which is no secret: only a token opens a session. */
  id: string
  /** The kind of device in a few words, like "Firefox, Android"; empty when unknown. */
  device: string
  /** Of the last use. */
  region: string
  /** When the person signed in, in milliseconds since 1970. */
  startedAt: number
  /** The last use, three hours late at most. */
  seenAt: number
  /** The session that asks. */
  current: boolean
}

/** A member of a private room, or somebody in a direct conversation. */
export type RoomMember = Pick<Person, 'id' | 'key' | 'name'>

/** What those who moderate a room have decided about it. Earlier builds neither send nor read it. */
export interface RoomSettings {
  topic?: string
  /** Slow mode: between two messages of one person at least this many seconds pass. */
  slowSeconds?: number
  /** Only those who moderate the room write in it. */
  readOnly?: true
  /** Closed: it can be read, and messages can be removed, but nobody writes in it. */
  archived?: true
  /** Of a private room: new members see what was written before they came. */
  history?: true
  /** Ids of pinned messages, the one that was pinned first first. One that was trimmed leaves with the next change of the pins. */
  pins?: string[]
  /** How often title and settings have changed. Of two states of a room, the one with the higher number is the newer one. */
  rev?: number
}

export interface Room extends RoomSettings {
  id: string
  title: string
  /** The creator moderates the room; null for the lobby. */
  by: string | null
  /** Milliseconds since 1970. */
  at: number
  /** Of a direct conversation: all of its people. */
  members?: RoomMember[]
}

/** A change of a room; what is left out stays. An empty topic, 0 seconds and `false` take a setting back. */
export interface RoomChange {
  title?: string | undefined
  topic?: string | undefined
  slowSeconds?: number | undefined
  readOnly?: boolean | undefined
  archived?: boolean | undefined
  history?: boolean | undefined
}

export interface RoomSummary extends Room {
  people: number
}

/** A person who is present. `key` is 64 bits: derived from the person's id, or random for a guest. */
export interface Present {
  key: string
  name: string
  guest: boolean
  region: string
  /**
   * Start of the minute since which the person is idle: milliseconds since 1970 by the person's instance. Absent for active people,
   * and for those who are counted without a name.
   */
  idleSince?: number
}

/** How many people are in a room, in all and per region. `about`: in a crowd the count is a sum over instances. */
export interface RoomTotals {
  count: number
  about: boolean
  regions: Record<string, number>
}

/** The people of a room. `people` may be shorter than `count` in a crowd. */
export interface RoomPeople extends RoomTotals {
  people: Present[]
}

/**
 * Who joined, left, or changed (idle, or in another region), at most once a second per room; the first change after a quiet second
 * is sent without delay. A person with a new name is in `left` and in `joined`; apply `left` first.
 */
export interface PeopleChanged {
  room: string
  /** Some of them, in a crowd: `totals` counts all. */
  joined: Present[]
  left: Present[]
  /** Absent from instances of an earlier build. */
  changed?: Present[]
  totals: RoomTotals
}
