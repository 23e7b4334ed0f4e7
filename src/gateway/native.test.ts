import { expect, test } from 'vitest'
import { startAlone } from '../../infra/testing/instances.ts'
import { nativeContract } from './native.contract.ts'
import { knownReason } from './protocol-versions.ts'

nativeContract('one instance by itself', startAlone)

test('a client of version 1 gets only reasons that it knows', () => {
  expect([1, 2].map((wire) => knownReason('store-full', wire))).toEqual(['unavailable', 'store-full'])
  expect([1, 2].map((wire) => knownReason('too-fast', wire))).toEqual(['too-fast', 'too-fast'])
})
