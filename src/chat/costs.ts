// What an operation costs, in tokens. One token is about one small operation: an event that is checked, stored or answered.

export const costs = {
  /** Any event or request. A message, an edit or a reaction costs no more to a signed-in person. */
  event: 1,
  /** An Engine.IO handshake, whether or not a CONNECT follows. */
  handshake: 1,
  /** A CONNECT packet, paid before its token is verified. */
  connect: 1,
  /** A token that comes with an HTTP request, paid before it is verified. */
  token: 1,
  /** A new session brings a new person with a full bucket of their own. */
  signIn: 5,
  /** A step of a ceremony: signatures are verified, and what is stored can be taken once. */
  ceremony: 5,
  /** A room stays, and is part of every room list. */
  createRoom: 5
} as const

/** Bytes that are read, sent as an answer or fanned out, and rooms scanned, that cost one token each. */
const INPUT_BYTES = 4_000
const ANSWER_BYTES = 16_000
const FAN_OUT_BYTES = 256_000
const ROOMS_SCANNED = 100
/** A room in a list, and a person in a room, in bytes, nearly. */
const ROOM_BYTES = 200
const PERSON_BYTES = 100

/** What parsing and checking that many bytes costs beyond the event. An ordinary message costs nothing more. */
export const inputCost = (bytes: number): number => Math.floor(bytes / INPUT_BYTES)

/** The debt for an answer of that many bytes. Small answers owe nothing. */
export const answerCost = (bytes: number): number => Math.floor(bytes / ANSWER_BYTES)

/** The debt for sending that many bytes to all receivers together. An ordinary message in an ordinary room owes nothing. */
export const fanOutCost = (bytes: number): number => Math.floor(bytes / FAN_OUT_BYTES)

/** The debt for reading that many rooms. */
export const scanCost = (rooms: number): number => Math.floor(rooms / ROOMS_SCANNED)

/** The debt for a room list: rooms read, and bytes sent. */
export const roomListCost = (rooms: number): number => scanCost(rooms) + answerCost(rooms * ROOM_BYTES)

/** The debt for an opened room: its messages, and the people who are listed. */
export const openCost = (bytes: number, people: number): number => answerCost(bytes + people * PERSON_BYTES)
