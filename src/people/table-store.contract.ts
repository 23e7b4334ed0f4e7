// The contract of every store of the shared table, as tests against the real store.
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { DELETED_LASTS_MS, TABLE_PAGE, type TableRecord, type TableStore } from './table-store.ts'

export interface OpenTable {
  readonly store: TableStore
  /** Closes what is open and opens the same store again, as after a restart. */
  reopen(): Promise<void>
  close(): Promise<void>
}

const START = Date.UTC(2026, 0, 1)

export function tableContract(name: string, open: (now: () => number) => Promise<OpenTable>): void {
  describe(`the shared table in ${name}`, () => {
    let opened: OpenTable
    let now: number
    beforeEach(async () => {
      now = START
      opened = await open(() => now)
    })
    afterEach(() => opened.close())

    const put = async (records: TableRecord[], after: number) => (await opened.store.put(records, after)) ?? -1
    const record = (key: string, value: string | null = `"${key}"`) => ({ key, value })
    const keys = async (after: number) => (await opened.store.list(after)).records.map(({ key }) => key)

    test('is empty at first', async () => {
      expect(await opened.store.list(0)).toEqual({ records: [], more: false })
    })

    test('gives records consecutive revisions, in their order, which are times if possible, even after a restart', async () => {
      const last = await put([record('a'), record('b "\' ț')], 0)
      expect(last).toBe(START + 1)
      const stored = {
        records: [
          { ...record('a'), revision: START },
          { ...record('b "\' ț'), revision: last }
        ],
        more: false
      }
      expect(await opened.store.list(0)).toEqual(stored)
      await opened.reopen()
      expect(await opened.store.list(0)).toEqual(stored)
      now = START - 60_000
      expect(await put([record('c')], last)).toBe(last + 1)
      expect(await keys(last)).toEqual(['c'])
    })

    test('lists the latest form of a record once, also of a deleted one', async () => {
      const first = await put([record('a'), record('b')], 0)
      const last = await put([record('a', null)], first)
      expect((await opened.store.list(0)).records).toEqual([
        { ...record('b'), revision: first },
        { ...record('a', null), revision: last }
      ])
    })

    test('writes nothing for somebody who does not know the newest revision', async () => {
      const first = await put([record('a')], 0)
      for (const after of [0, first - 1, first + 1]) expect(await opened.store.put([record('b')], after)).toBeNull()
      expect(await keys(0)).toEqual(['a'])
    })

    test('lets exactly one of those win who write at the same time', async () => {
      const results = await Promise.all(Array.from({ length: 20 }, (_, n) => opened.store.put([record(`k${n}`)], 0)))
      expect(results.filter((result) => result !== null)).toHaveLength(1)
      expect(await keys(0)).toHaveLength(1)
    })

    test('comes in pages', async () => {
      const many = Array.from({ length: TABLE_PAGE + 1 }, (_, n) => record(`k${n}`))
      await put(many, 0)
      const first = await opened.store.list(0)
      expect([first.records.length, first.more]).toEqual([TABLE_PAGE, true])
      expect(await keys(first.records.at(-1)?.revision ?? 0)).toEqual([`k${TABLE_PAGE}`])
    })

    test('drops a deleted record once every instance has learned of it, and no other', async () => {
      let last = await put([record('a'), record('gone')], 0)
      last = await put([record('gone', null)], last)
      now += DELETED_LASTS_MS
      last = await put([record('b')], last)
      expect(await keys(0)).toEqual(['a', 'gone', 'b'])
      now += 3
      await put([record('c')], last)
      expect(await keys(0)).toEqual(['a', 'b', 'c'])
    })
  })
}
