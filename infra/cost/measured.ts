// What things cost before anybody sets a price on them: commands asked of Redis and bytes moved. Every number here is measured by
// cost.redis.test.ts and cost-weight.redis.test.ts, on a real Redis with real instances and real sockets, and has to be what they
// find: commands to the last one, bytes within a tenth.

/** The length of the messages that were measured: a sentence. */
export const TEXT_CHARACTERS = 80

/**
 * What is asked of Redis. Commands are counted as Redis counts them: a script is one, as a reading one, and each command inside of it
 * is another. Bytes are those of its protocol, from the instance (`up`) and back (`down`).
 */
export interface Asked {
  reads: number
  writes: number
  up: number
  down: number
}

/** What is asked once, whatever the number of instances, and what is asked again by or for each of them. */
export interface Operation {
  once: Asked
  each: Asked
}

const nothing: Asked = { reads: 0, writes: 0, up: 0, down: 0 }
/** Each instance reads a letter by itself, its writer too. `down` is what the letter weighs there. */
const readBy = (down: number): Asked => ({ reads: 1, writes: 0, up: 117, down })

export const operations = {
  /** One instance asks for letters, and none comes for as long as it waits. */
  listening: { once: { reads: 1, writes: 0, up: 116, down: 5 }, each: nothing },
  /** Something is said in a room whose history is full, so that the oldest goes. */
  message: { once: { reads: 12, writes: 13, up: 2_205, down: 520 }, each: readBy(1_018) },
  /** Told that somebody types, or does no longer. */
  typing: { once: { reads: 0, writes: 1, up: 528, down: 20 }, each: readBy(521) },
  /** Somebody comes: the list of rooms, the newest page of one, the lease and a letter. */
  coming: { once: { reads: 12, writes: 3, up: 3_017, down: 11_440 }, each: readBy(957) },
  /** Somebody goes: the lease and a letter. */
  going: { once: { reads: 4, writes: 3, up: 2_246, down: 100 }, each: readBy(955) },
  /** An instance writes its lease again, and gets those of all. */
  renewal: { once: { reads: 4, writes: 2, up: 1_462, down: 4 }, each: { ...nothing, down: 178 } },
  /** An instance reads the leases of all. */
  reading: { once: { reads: 3, writes: 0, up: 1_233, down: 4 }, each: { ...nothing, down: 178 } },
  /** An instance looks whether a letter was lost. */
  comparing: { once: { reads: 3, writes: 0, up: 244, down: 72 }, each: nothing },
  /** An instance looks whether a sign-out was lost. */
  revoked: { once: { reads: 1, writes: 0, up: 75, down: 4 }, each: nothing },
  /** An instance clears away the letters that all have read. */
  trimming: { once: { reads: 0, writes: 1, up: 71, down: 4 }, each: nothing }
} satisfies Record<string, Operation>

/** Times an hour, for each instance: `listening` always, the others while somebody is here, `trimming` if somebody speaks. */
export const hourly = { listening: 60, renewal: 600, reading: 600, comparing: 360, revoked: 360, trimming: 60 }

/** Bytes by which one person makes a lease heavier: with the name, and beyond so many in one lease without it. */
export const inLease = { named: 85, unnamed: 15, namedMost: 200 }

/** Bytes sent to one client, as frames of its WebSocket or answers to its requests. */
export const sent = {
  message: 500,
  typing: 110,
  /** Somebody came, or went. */
  change: 200,
  /** Engine.IO's heartbeat. */
  ping: 3,
  /** The answer to how far it is. */
  distance: 64,
  /** All that is sent to somebody who comes: the session, the handshake, the rooms, a page of messages. */
  coming: 13_300,
  /** And for each of those who are shown as present, up to so many. */
  named: 75,
  namedMost: 200
}

/** Times an hour, for each client. */
export const toClientHourly = { ping: 360, distance: 240 }

/** A page says again that its person types after so many seconds. */
export const TYPING_SAID_EVERY_SECONDS = 4

/** Bytes of Redis' memory: a message that is kept, and the record of one that was let go, which stays for a week. */
export const kept = { message: 630, record: 375, recordDays: 7 }
