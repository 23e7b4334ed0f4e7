import { expect, test } from 'vitest'
import { WHOLE_ROOM } from '../contract.ts'
import { formsOf } from '../people/registry.ts'
import { mentionsIn } from './mentions.ts'

const PEOPLE = ['Ana', 'Ana Maria', 'Bo', 'Łukasz', '山田', "O'Neil"]
const owned = new Map(PEOPLE.flatMap((name) => formsOf(name).map((form) => [form, name])))
let calls = 0
const store = {
  owners: async (forms: readonly string[]) => {
    calls += 1
    return forms.map((form) => owned.get(form) ?? null)
  }
}
const find = async (text: string, mayMentionAll = false, author = 'me') =>
  (await mentionsIn(text, store, { author, mayMentionAll: async () => mayMentionAll })).map(({ id, name }) =>
    id === name ? id : `${id} as ${name}`
  )

test.each([
  ['hello @Ana', ['Ana']],
  ['@ana, are you there?', ['Ana as ana']],
  ['@Ana Maria knows', ['Ana Maria']],
  ['(@Bo)!', ['Bo']],
  ['@Bo @Ana @bo', ['Bo', 'Ana']],
  ["ask @O'Neil's", []],
  ["ask @O'Neil.", ["O'Neil"]],
  ['@Łukasz i @Lukasz', ['Łukasz']],
  ['你好@山田', ['山田']],
  ['你好 @山田', ['山田']],
  ['bo@example.org and https://x.org/@Ana', []],
  ['`@Ana` and ```\n@Bo\n```', []],
  ['@\nAna', []],
  ['@nobody', []],
  ['@room', []]
])('%s', async (text, expected) => expect(await find(text)).toEqual(expected))

test('@room mentions all of the room where the author may do that, and nobody mentions themselves', async () => {
  expect(await find('@Room: @Bo', true)).toEqual([`${WHOLE_ROOM} as Room`, 'Bo'])
  expect(await find('@roommate', true)).toEqual([])
  expect(await find('@Ana @Bo', false, 'Ana')).toEqual(['Bo'])
})

test('twenty mentions are one look-up, a text without any is none, and more than twenty are not looked up', async () => {
  calls = 0
  expect(await find('no sign in it')).toEqual([])
  expect(calls).toBe(0)
  expect(await find(`${'@x '.repeat(19)}@Ana @Bo`)).toEqual(['Ana'])
  expect(calls).toBe(1)
})
