import { expect, test } from 'vitest'
import type { Answers, Reply } from '../../src/contract.ts'
import type { Ask } from '../engine/socket.ts'
import { keepProfiles } from './profiles.ts'

test('a color that somebody chooses while an older answer is on its way stays', async () => {
  const answer = Promise.withResolvers<Reply<Answers['profile:list']>>()
  const profiles = keepProfiles((() => answer.promise) as Ask)
  profiles.online()
  profiles.want('ana')
  profiles.want('bo')
  const named = profiles.named([])
  profiles.changed({ key: 'ana', color: 3 })
  answer.resolve({ ok: true, value: { profiles: ['ana', 'bo'].map((key) => ({ key, color: 1 })) } })
  await named
  expect(['ana', 'bo'].map(profiles.colorOf)).toEqual([3, 1])
})
