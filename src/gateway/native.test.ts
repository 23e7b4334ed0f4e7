import { expect, test } from 'vitest'
import { startAlone } from '../../infra/testing/instances.ts'
import { nativeContract } from './native.contract.ts'
import { knownReason, versions } from './protocol-versions.ts'

nativeContract('one instance by itself', startAlone)

test('a client of version 1 gets only reasons that it knows', () => {
  expect(versions.map((version) => knownReason('store-full', version))).toEqual(['unavailable', 'store-full'])
  expect(versions.map((version) => knownReason('too-fast', version))).toEqual(['too-fast', 'too-fast'])
})
