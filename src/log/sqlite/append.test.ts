import { expect, test } from 'vitest'
import { LOBBY, newId } from '../../contract.ts'
import { createSlowMode } from '../room-rules.ts'
import type { Change } from '../message-log.ts'
import { appending } from './append.ts'
import { openFile } from './file.ts'
import { openRows } from './rows.ts'
import { openSizes } from './sizes.ts'
import { lobbyMadeAt } from '../stored.ts'

test('a repeated removal wipes its text again, because the first attempt may have failed to', () => {
  const db = openFile(':memory:')
  const rows = openRows(db)
  rows.addRoom(lobbyMadeAt(0), newId())
  const asked: boolean[] = []
  const to = {
    rows,
    sizes: openSizes(db),
    heavy: new Map<number, string>(),
    historyLimit: 10,
    roomBytesMax: 100_000,
    now: () => 0,
    fair: () => null,
    slowMode: createSlowMode(() => 0),
    wiped: (urgent: boolean) => void asked.push(urgent)
  }
  const keep = (change: Change) => appending(to, change)()()
  const said = { room: LOBBY, by: { id: null, name: 'Ion' }, at: 0 }
  const { event } = keep({ ...said, id: newId(), kind: 'sent', text: 'slip' })
  const removal: Change = { ...said, id: newId(), kind: 'removed', message: event.id, asModerator: false }
  expect(keep(removal).repeated).toBe(false)
  expect(keep(removal).repeated).toBe(true)
  expect(asked).toEqual([true, true])
})
