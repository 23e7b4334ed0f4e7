// Distinguishes what people do from what their pages do by themselves.
import type { ClientEvent } from '../contract.ts'

/** A page sends the other events without anybody touching it: when it connects, comes back, leaves, or measures the distance. */
const USER_EVENTS: ReadonlySet<string> = new Set<ClientEvent>([
  'message:send',
  'message:edit',
  'message:remove',
  'message:react',
  'typing:set',
  'person:active',
  'room:create',
  'room:remove',
  'private:create',
  'direct:open',
  'member:add',
  'member:remove',
  'member:own',
  'member:leave',
  'person:block',
  'profile:set',
  'room:before'
])

/** True for native events that a page sends only because a person did something. */
export const isUserActivity = (event: string): boolean => USER_EVENTS.has(event)
