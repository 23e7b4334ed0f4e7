import { expect, test } from 'vitest'
import { standingClock } from '../../infra/testing/standing-clock.ts'
import { LOBBY, type RoomEvent, type RoomNews } from '../contract.ts'
import { NEWS_EVERY_MS, createRoomNews } from './room-news.ts'

test('a message is news once, although its own instance receives it once more; further ones come together', async () => {
  const clock = standingClock()
  const sent: RoomNews[] = []
  const add = createRoomNews({ clock, isFollowed: () => true, send: (news) => void sent.push(news), onError() {} })
  const by = { id: 'bo', name: 'Bo' }
  const message = (seq: number) => add(LOBBY, 'epoch', { kind: 'sent', seq, by, message: {} } as RoomEvent)
  message(1)
  await clock.advance(1)
  for (const seq of [1, 2, 3, 2]) message(seq)
  await clock.advance(NEWS_EVERY_MS)
  await clock.advance(NEWS_EVERY_MS)
  expect(sent.map((news) => news.sent.map(({ seq }) => seq))).toEqual([[1], [2, 3]])
})
