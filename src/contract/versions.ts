// Versions of the native protocol and of stored data.

/**
 * Version of the native protocol. A client states its own version in its handshake, and the server uses the highest of its own that is
 * not above it. Version 5 sends live events and what opening a room answers packed (live-lists.ts, packed-opened.ts), changes of
 * messages as `ChangeEvent`s, and the reason `store-full`; version 1 sends every event with its whole message. Versions 2 to 4 were in
 * no release; this version reads what they send, and their clients read version 1.
 */
export const WIRE_VERSION = 5
/** The oldest version of the native protocol that the server still accepts. */
export const OLDEST_WIRE_VERSION = 1
/** Version of stored records and of bus messages. A rolling deployment runs two versions side by side. */
export const STORED_VERSION = 1
