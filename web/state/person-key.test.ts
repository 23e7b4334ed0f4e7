import { expect, test } from 'vitest'
import { newId } from '../../src/contract.ts'
import { keyOf } from '../../src/identity.ts'
import { personKey } from './person-key.ts'

test('the key of every id is the server’s', () => {
  const ids = ['', 'ana', 'x'.repeat(55), ...Array.from({ length: 1_000 }, newId)]
  expect(ids.map(personKey)).toEqual(ids.map(keyOf))
  expect(personKey('y'.repeat(56))).toBe('y'.repeat(56))
})
