import { expect, test } from 'vitest'
import { createBodyCache } from './body-cache.ts'

const head = (seq: number) => ({ epoch: 'e', seq, id: `${seq}` })
const MEGABYTE = 'x'.repeat(1_000_000)

test('cached bodies are few and bounded in bytes; the least recently used are dropped first', () => {
  const bodies = createBodyCache()
  const cached = () => Array.from({ length: 40 }, (_, n) => n).filter((n) => bodies.find(`${n}`, head(1)))
  for (let n = 0; n < 20; n += 1) bodies.keep(`${n}`, head(1), () => 'short')
  expect(cached()).toEqual([12, 13, 14, 15, 16, 17, 18, 19])
  bodies.find('12', head(1))
  bodies.keep('20', head(1), () => MEGABYTE.repeat(7))
  expect(cached()).toEqual([12, 14, 15, 16, 17, 18, 19, 20])
  bodies.keep('21', head(1), () => MEGABYTE.repeat(2))
  expect(cached()).toEqual([21])
})

test('a cached body is for one query at one head', () => {
  const bodies = createBodyCache()
  const first = bodies.keep('query', head(1), () => 'first')
  expect(bodies.keep('query', head(1), () => 'not encoded again')).toBe(first)
  expect([bodies.find('query', head(2)), bodies.find('other', head(1))]).toEqual([null, null])
  const second = bodies.keep('query', head(2), () => 'second')
  expect(second.tag).not.toBe(first.tag)
  expect(new TextDecoder().decode(second.bytes)).toBe('second')
  bodies.clear()
  expect(bodies.find('query', head(2))).toBeNull()
})
