import { expect, test } from 'vitest'
import { fit } from './folded.ts'

test.each([
  ['Łódź', 'lodz', 0],
  ['Știri', 'stiri', 0],
  ['Ｔｅａ', 'TEA', 0],
  ['Straße', 'STRASSE', 0],
  ['Herbata i ciasto', 'cia', 1],
  ['Herbata', 'bat', 2],
  ['Herbata', 'c++ (', null],
  ['anything', ' ', 0]
])('%s answers a search for %s: %s', (text, search, how) => expect(fit(text, search)).toBe(how))
