// Limits that server and clients share.

/** The room that everyone shares, and the only one for compatible clients. */
export const LOBBY = 'lobby'

/** People of a direct conversation, with the one who begins it. */
export const DIRECT_MAX_PEOPLE = 9
/** Members of one private room. */
export const MEMBERS_MAX = 500
/** Private rooms and direct conversations that one person is in. */
export const HIDDEN_ROOMS_PER_PERSON = 500

/** A text has two limits because one code point may take four bytes. */
export const TEXT_MAX_CODE_POINTS = 4_000
export const TEXT_MAX_BYTES = 16_000
export const NAME_MAX_CODE_POINTS = 200
export const ROOM_TITLE_MAX_CODE_POINTS = 80
export const ROOM_TOPIC_MAX_CODE_POINTS = 300
/** The slowest slow mode. */
export const SLOW_MODE_MAX_SECONDS = 6 * 60 * 60
/** Different emoji on one message. */
export const REACTIONS_MAX_EMOJI = 20
export const REACTIONS_MAX_PER_MESSAGE = 500
/** Emoji of one person on one message. */
export const REACTIONS_MAX_PER_PERSON = 5
/** Messages of a page whose request names no limit. */
export const PAGE_MESSAGES = 50
export const PAGE_MAX_MESSAGES = 500
/** Events in one answer to a catch-up; `more` says that others follow. */
export const CATCH_UP_EVENTS = 250
/** A client that is further behind gets a fresh start instead of events. */
export const CATCH_UP_MAX_EVENTS = 2_000
/** Rooms in which one instance shows one person as present: those that the person opened last. */
export const PERSON_ROOMS_MAX = 20
/** Rooms that one handshake opens. */
export const HANDSHAKE_ROOMS_MAX = 20
/** People whose profiles one event asks for. */
export const PROFILES_MAX = 200
/** People who are mentioned in one message. */
export const MENTIONS_MAX = 20
/** In place of a person's id: `@room`, the whole room. */
export const WHOLE_ROOM = '*'
/** Read positions in one event. */
export const POSITIONS_MAX = 200
/** One frame or HTTP body of a client, in bytes. */
export const FRAME_MAX_BYTES = 32_768
/** A person stops being shown as typing this long after the last `typing:set`. */
export const TYPING_FADES_AFTER_MS = 6_000
/** Pinned messages of a room. */
export const PINS_MAX = 20
