import { expect, test } from 'vitest'
import { createOutageLog } from './outage-log.ts'

function open() {
  const lines: string[] = []
  let at = 0
  const write = (sentence: string) => void lines.push(`${at / 1_000} s: ${sentence}`)
  const log = { warn: (_: object, sentence: string) => write(sentence), info: write }
  const outage = createOutageLog({ name: 'The store', log, now: () => at })
  return { lines, outage, moveTo: (ms: number) => void (at = ms) }
}

test('an outage is one line at its start, one a minute while it lasts, and one at its end', () => {
  const { lines, outage, moveTo } = open()
  for (let second = 0; second <= 125; second += 1) {
    moveTo(second * 1_000)
    outage.failed('it is out', new Error('x'))
  }
  outage.ended()
  outage.ended()
  expect(lines).toEqual([
    '0 s: it is out',
    '60 s: it is out',
    '120 s: it is out',
    '125 s: The store answers again after 125 s'
  ])
})

test('another cause is in the next line, and the next outage begins with a line', () => {
  const { lines, outage, moveTo } = open()
  outage.failed('the connection was closed', null)
  moveTo(1_000)
  outage.failed('the connection is refused', null)
  moveTo(60_000)
  outage.failed('the password is wrong', null)
  outage.ended()
  moveTo(61_000)
  outage.failed('it is out', null)
  expect(lines).toEqual([
    '0 s: the connection was closed',
    '60 s: the password is wrong',
    '60 s: The store answers again after 60 s',
    '61 s: it is out'
  ])
})
