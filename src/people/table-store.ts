// Where the shared table is stored: small records that every instance keeps completely in memory, such as the role of a person. Each
// write takes the next revisions, which are one order that all instances read, and is refused if somebody else has written meanwhile.

/** Records in one answer: nearly every table comes in one, because nobody has a role at a new instance before it has read them. */
export const TABLE_PAGE = 5_000
/** A deleted record is stored for this long, so that every instance learns that it is gone. */
export const DELETED_LASTS_MS = 31 * 86_400_000
/** Deleted records that one write drops, when their time is over. */
export const SWEEP_DELETED = 10

export interface TableRecord {
  key: string
  /** JSON; null for a deleted record. */
  value: string | null
}

export interface TableStore {
  /**
   * Writes all of these records or none.
   * @returns the revision of the last one; null when the newest stored revision is not `after`, and nothing was written
   * @throws StoreUnavailable; then it is unknown whether they were written
   */
  put(records: readonly TableRecord[], after: number): Promise<number | null>
  /** Records that were written after a revision, each in its latest form, oldest first. @throws StoreUnavailable */
  list(after: number): Promise<{ records: (TableRecord & { revision: number })[]; more: boolean }>
}
