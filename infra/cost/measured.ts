// What each operation asks of Redis and sends to clients. The tests here measure every number on a real Redis with real instances
// and sockets, and fail when commands differ at all or bytes by more than a tenth.

/** The length of the measured messages: one sentence. */
export const TEXT_CHARACTERS = 80

/**
 * Commands as Redis counts them: a script is one read, and each command inside it is another. Bytes are those of the Redis protocol,
 * from the instances (up) and to them (down).
 */
export type Load = readonly [reads: number, writes: number, up: number, down: number]
/** `each` comes again for each instance; `once` does not depend on their number. */
export type Operation = Readonly<Record<'once' | 'each', Load>>

const NONE: Load = [0, 0, 0, 0]
/** Every instance reads a bus message, also the one that wrote it. */
const readByEach = (down: number): Load => [1, 0, 117, down]
/** Every instance receives a push. Beside it `up` names the leases of the others. */
const pushedToEach = (down: number, up = 0): Load => [0, 0, up, down]

export const operations = {
  /** One blocking read of the bus that times out. */
  idleRead: { once: [1, 0, 117, 5], each: NONE },
  /** A message in a large room whose history is full, so that the oldest are dropped; some of this is done once in many messages. */
  message: { once: [3.6, 5.2, 1_980, 507], each: readByEach(807) },
  /** What a message costs more that follows another one within `READERS_AWAY_SECONDS`: it is pushed as well. */
  messageSoon: { once: [0, 1, 0, 0], each: pushedToEach(880) },
  typing: { once: [0, 1, 350, 4], each: pushedToEach(352) },
  /**
   * A person opens the page: the list of rooms, what is unread in them, in one of them something, what is to be notified, whom the person
   * has blocked, the newest messages of a room, a lease and a push.
   */
  join: { once: [20, 2, 2_410, 11_580], each: pushedToEach(577, 88) },
  leave: { once: [2, 2, 1_070, 10], each: pushedToEach(570, 80) },
  /** How far a person has read is stored, beside the positions of others; or of one who leaves. */
  readPosition: { once: [1, 1, 150, 24], each: NONE },
  readLast: { once: [3, 1, 300, 5], each: NONE },
  /** An edit, a reaction or a removal; some of it is done once in many. */
  change: { once: [13.7, 10.5, 2_280, 1_300], each: readByEach(832) },
  /** An instance renews its lease and learns which others have changed; that of nobody has. */
  leaseRenewal: { once: [2, 1, 245, 10], each: [0, 0, 70, 47] },
  /** One of the instances sets the end of the hash of all leases. */
  leasesEnd: { once: [0, 1, 0, 0], each: NONE },
  /** An instance compares where the logs of its rooms, the revoked sessions and the shared table end, to find a lost bus message. */
  headCheck: { once: [1, 0, 36, 142], each: NONE },
  /** A session is used: written every `DEVICE_USE_HOURS` by an instance. The first time in a day it is new there, and so is its person. */
  deviceUse: { once: [0, 1, 177, 4], each: NONE },
  firstUse: { once: [5, 4, 620, 40], each: NONE },
  /** An instance trims the bus, after a minute without an entry. */
  trim: { once: [0, 1, 71, 4], each: NONE }
} satisfies Record<string, Operation>

/**
 * Operations per hour and instance, `leasesEnd` for all of them: `idleRead` always, the others while anyone is online.
 */
export const hourly = { idleRead: 30, leaseRenewal: 600, leasesEnd: 80, headCheck: 360 }

/**
 * Bytes of a change of one person in a lease, to Redis and to each reader, and of each person beside them, whose part both sides have:
 * that is named in each change, and in each renewal of an instance that has it. From `namedMax` people on, leases hold only keys.
 */
export const leaseBytes = { change: 1_200, known: 3.2, namedMax: 200 }

/** Bytes sent to one client, as WebSocket frames or HTTP answers. `named`: for each person in the list that a join returns. */
export const clientBytes = { message: 200, typing: 110, presence: 200, ping: 3, distance: 64, join: 8_500, named: 30 }
/** Per hour and client. */
export const clientHourly = { ping: 360, distance: 240 }
export const DEVICE_USE_HOURS = 4
export const READERS_AWAY_SECONDS = 0.3
/** A page repeats that its person types. */
export const TYPING_REPEAT_SECONDS = 4
/** Less than every second one is sent to other instances. */
export const TYPING_FAR_SECONDS = 7

/** Bytes of memory in Redis: a stored message, and the idempotency record of a dropped one. */
export const storedBytes = { message: 630, record: 375, recordDays: 7 }
