// Versions of the native protocol and of stored data.

/**
 * Version of the native protocol. A client states its own version in its handshake, and the server uses the lower of the two.
 * Version 2 sends live events packed (packed-events.ts) and changes of messages as `ChangeEvent`s, and has the reason `store-full`;
 * version 1 sends every event with its whole message. Version 3 names an author once in each list. Version 4 packs the answer to
 * `room:open` as well (packed-opened.ts).
 */
export const WIRE_VERSION = 4
/** The oldest version of the native protocol that the server still accepts. */
export const OLDEST_WIRE_VERSION = 1
/** Version of stored records and of bus messages. A rolling deployment runs two versions side by side. */
export const STORED_VERSION = 1
