// What a person wants to be notified of, and the devices that are notified.

/** Of a room: every message, mentions of the person, nothing, or nothing and the room is not in the list. */
export const levels = ['all', 'mentions', 'nothing', 'hidden'] as const
export type Level = (typeof levels)[number]

/** A browser that receives push messages. */
export interface PushDevice {
  endpoint: string
  name: string
  /** Milliseconds since 1970. */
  at: number
}

export interface Alerts {
  /** Rooms whose level is not the default. */
  levels: { room: string; level: Level }[]
  /** No push messages before this time, in milliseconds since 1970; 0 for none. */
  quietUntil: number
  /** Push messages say who wrote, and no text. */
  hideText: boolean
  devices: PushDevice[]
  /** For the browser's push manager: the public key of this chat. */
  key: string
}

/** What a push message contains, encrypted. `text` is absent for those who hide it, and in a test. */
export interface PushPayload {
  room: string
  message: string
  title: string
  by: string
  text?: string
}
