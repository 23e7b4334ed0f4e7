// A message on its way, and the store that keeps it until it is confirmed.
import { isId, reasons, type Receipt } from '../../../src/contract.ts'
import { isNumber, isOneOf, isText, reader } from '../shape.ts'

const readReceipt = reader({ seq: isNumber, id: isText, at: isNumber }, {})

/** Null when it is no item of this version; those of a newer build are left alone. */
export const readItem = reader(
  {
    v: isOneOf(1),
    /** The message's id. Every attempt uses it, so the server stores the message once. */
    id: isId,
    room: isText,
    text: isText,
    /** Milliseconds since 1970 on this device, increasing from message to message: the sending order. */
    at: isNumber,
    /** `unsure`: tried so long ago that another attempt might post it twice, and the log does not show it. The person decides. */
    state: isOneOf('queued', 'sending', 'sent', 'failed', 'unsure')
  },
  {
    /** The id of the message it answers. */
    replyTo: isText,
    /** The page that sends it. Absent where pages share nothing, and in records of earlier builds. */
    owner: isText,
    /** The time of the first attempt. From then on the server may have stored it, so only the same id may try again. */
    triedAt: isNumber,
    /** Why it failed. Absent when it is only known that the server never stored it. */
    reason: isOneOf(...reasons),
    receipt: (value: unknown): value is Receipt => readReceipt(value) !== null
  }
)
/** `slow`: unconfirmed for so long that the page says so. */
export type OutboxItem = NonNullable<ReturnType<typeof readItem>> & { slow?: true }

/** Whether it still has to be sent. */
export const isUnsent = ({ state }: OutboxItem) => state === 'queued' || state === 'sending'

/** Whether its state is final, so that any page of the person may decide about it. */
export const isFinal = ({ state }: OutboxItem) => state === 'failed' || state === 'unsure'

/** What another page of the person did. */
export type Change = { item: OutboxItem } | { discarded: string }

/** One person's unconfirmed messages. No other person's page reads or sends them. */
export interface OutboxStore {
  /** Everything that waits. Items of a newer version are left out and stay stored. */
  load(): OutboxItem[] | Promise<OutboxItem[]>
  /** Stores the item. The caller doesn't wait: a store that fails must not delay a message. */
  put(item: OutboxItem): void
  /** Deletes the item: the log has it, or the person discarded it. */
  remove(id: string): void

  // The rest exists only in a store that several pages share.
  /** The id of this page, which sends only the items it owns. */
  readonly owner?: string
  /** Sends it to the other pages. */
  announce?(change: Change): void
  /** `changed`: another page changed an item. `gone`: a page is gone, and this page takes its items over before it resolves. */
  listen?(callbacks: { changed(change: Change): void; gone(owner: string | undefined): Promise<void> }): void
  close?(): void
}
