// Who may do what: the one table that the tests try out and the README shows.

/** Who asks, in the order of the README's columns. */
export const requesters = {
  author: 'Author',
  member: 'Other person',
  creator: 'Room’s creator',
  moderator: 'Moderator',
  classic: 'Guest, classic',
  course: 'Guest, course',
  program: 'Program without a session',
  signedOut: 'Signed-out token'
} as const
export type Requester = keyof typeof requesters

/** `both`: over sockets and HTTP. `no`: the server refuses, or the protocol has no such event and the server ignores it. */
export type Right = 'both' | 'sockets' | 'HTTP' | 'no'

export const verbs = [
  'read the lobby',
  'read another room',
  'see another room in the list',
  'see the names of a room’s people',
  'create a room',
  'write in the lobby',
  'write in another room',
  'show typing in another room',
  'edit a person’s message',
  'react to a message',
  'remove a person’s message in the lobby',
  'remove a person’s message in another room',
  'remove a guest’s message'
] as const
export type Verb = (typeof verbs)[number]

const row = (...cells: [Right, Right, Right, Right, Right, Right, Right, Right]): Record<Requester, Right> => {
  const [author, member, creator, moderator, classic, course, program, signedOut] = cells
  return { author, member, creator, moderator, classic, course, program, signedOut }
}
const people = (right: Right) => row(right, right, right, right, 'no', 'no', 'no', 'no')

export const rights: Record<Verb, Record<Requester, Right>> = {
  'read the lobby': row('both', 'both', 'both', 'both', 'sockets', 'sockets', 'HTTP', 'HTTP'),
  'read another room': people('both'),
  'see another room in the list': people('both'),
  'see the names of a room’s people': people('both'),
  'create a room': people('both'),
  'write in the lobby': row('both', 'both', 'both', 'both', 'sockets', 'sockets', 'HTTP', 'HTTP'),
  'write in another room': people('both'),
  'show typing in another room': people('sockets'),
  'edit a person’s message': row('sockets', 'no', 'no', 'no', 'no', 'no', 'no', 'no'),
  'react to a message': people('sockets'),
  'remove a person’s message in the lobby': row('both', 'no', 'no', 'both', 'no', 'no', 'no', 'no'),
  'remove a person’s message in another room': row('both', 'no', 'both', 'both', 'no', 'no', 'no', 'no'),
  'remove a guest’s message': row('both', 'both', 'both', 'both', 'no', 'sockets', 'HTTP', 'HTTP')
}

/** The table as the README has it. */
export function rightsTable(): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  const columns = Object.keys(requesters) as Requester[]
  return [
    line(['', ...Object.values(requesters)]),
    line(['---', ...columns.map(() => '---')]),
    ...verbs.map((verb) => line([verb, ...columns.map((who) => rights[verb][who])]))
  ].join('\n')
}
