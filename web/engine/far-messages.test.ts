import { expect, test } from 'vitest'
import type { Message, Reply } from '../../src/contract.ts'
import { happened, idOf } from '../state/page.fixture.ts'
import { farMessages } from './far-messages.ts'
import type { Ask } from './socket.ts'

test('a message that is removed while it is read is never shown with its text, and each is read once', async () => {
  const answers: ((reply: Reply<Message>) => void)[] = []
  const far = farMessages('lobby', (() => new Promise((resolve) => answers.push(resolve))) as unknown as Ask)
  const first = far.read(idOf(1))
  void far.read(idOf(1))
  await expect.poll(() => answers.length).toBe(1)
  const { message } = happened(1)
  const tombstone = { ...message, text: '', removed: true as const, rev: 9 }
  far.moved({ fresh: false, events: [happened(9, tombstone, 'removed')] })
  answers[0]!({ ok: true, value: message })
  expect(await first).toEqual(tombstone)

  const gone = far.read(idOf(2))
  const later = far.read(idOf(3))
  await expect.poll(() => answers.length).toBe(2)
  answers[1]!({ ok: false, reason: 'no-message' })
  expect(await gone).toBeNull()
  await expect.poll(() => answers.length).toBe(3)
  answers[2]!({ ok: false, reason: 'unavailable' })
  expect(await later).toBeUndefined()
  void far.read(idOf(3))
  await expect.poll(() => answers.length).toBe(4)
})
