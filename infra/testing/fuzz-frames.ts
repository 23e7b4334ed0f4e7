// Raw frames for fuzzing: packets that no client sends, events of the guest protocols, and random bytes.
import { LOBBY } from '../../src/contract.ts'
import { garbled, hostile, type Random } from './fuzz-values.ts'

const ID_CHARACTERS = Array.from('abcdefghijklmnopqrstuvwxyzABCDEFGH0123456789_-')
const guestEvents = ['add-user', 'new-message', 'typing', 'stop-typing', 'message', 'deleteMessage', 'error'] as const
const guestNames = ['Ana', 'User', 'x'.repeat(200)]
const packets = [
  '2probe',
  '3',
  '5',
  '6',
  '1',
  '40',
  '41',
  '42',
  '42[]',
  '42{}',
  '42["x"',
  '4',
  '49',
  '45-["x"]',
  '44{"message":"x"}',
  '451-["x",{"_placeholder":true,"num":7}]',
  '42/other,["x"]',
  '40/other,',
  '43999["x"]',
  '[[[[[[',
  '42["disconnect"]',
  '42["connect"]',
  '42["newListener"]',
  '42["__proto__",{}]',
  `40${JSON.stringify({ speaks: 'native', v: 1, token: 'x.y.z', open: [{ room: LOBBY }] })}`,
  `421["message:send",{"room":"lobby","text":"x"}]`,
  'bAAAA'
]

/** A packet, in most cases garbled. */
export function brokenPacket(random: Random): string {
  const packet = random.pick(packets)
  return random.chance(0.3) ? packet : garbled(packet, random)
}

/** An event of the guest protocols with a payload of any shape, as a packet. */
export function guestPacket(random: Random): string {
  const payload = random.pick([
    { username: random.pick(guestNames), content: random.pick(hostile) },
    { username: random.pick(hostile), content: 'x' },
    { messageId: random.pick([...hostile, 'no_message_has_this_id']) },
    random.pick(guestNames),
    random.pick(hostile)
  ])
  return `42${JSON.stringify([random.pick(guestEvents), payload])}`
}

/** Identifiers and texts that fit the schemas; few, so that events meet the same rooms and messages. */
export function knownValues(random: Random): unknown[] {
  const id = () => Array.from({ length: 22 }, () => random.pick(ID_CHARACTERS)).join('')
  return [LOBBY, LOBBY, 'nowhere', ...Array.from({ length: 8 }, id)]
}

export function bytes(random: Random): Buffer {
  return Buffer.from(Array.from({ length: 1 + random.below(40) }, () => random.below(256)))
}
