import { attacksContract } from './attacks.contract.ts'

// Those whose work is in the store; what connections cost is the same with either.
attacksContract('redis', [
  'guests over REST erase the lobby',
  'longest messages fill the store',
  'rooms are created until none is left',
  'reactions on a full message',
  'edits of a long message',
  'leases of many rooms and long names',
  'room:open with different old cursors',
  'GET /api/messages in a loop',
  'room:before in a loop',
  'room:list in a loop'
])
