// Who may do what: the one table that the tests try out and the README shows.

/** Who asks, in the order of the README's columns. */
export const requesters = {
  author: 'Author',
  visitor: 'Visitor',
  member: 'Member',
  creator: 'Room’s creator',
  moderator: 'Moderator',
  owner: 'Owner',
  classic: 'Guest, classic',
  course: 'Guest, course',
  program: 'Program without a session',
  signedOut: 'Signed-out token'
} as const
export type Requester = keyof typeof requesters

/** `both`: over sockets and HTTP. `no`: the server refuses, or the protocol has no such event and the server ignores it. */
export type Right = 'both' | 'sockets' | 'HTTP' | 'no'
type Row = Record<Requester, Right>

/** One line for each verb: what differs from "no". Members, authors and creators have a visitor's rights; an owner has a moderator's. */
function row({ visitor = 'no', moderator = visitor, ...others }: Partial<Row>): Row {
  const people = { author: visitor, visitor, member: visitor, creator: visitor, moderator, owner: moderator }
  return { ...people, classic: 'no', course: 'no', program: 'no', signedOut: 'no', ...others }
}
const guests = { classic: 'sockets', course: 'sockets', program: 'HTTP', signedOut: 'HTTP' } as const

export const rights = {
  'read the lobby': row({ visitor: 'both', ...guests }),
  'read another room': row({ visitor: 'both' }),
  'see another room in the list': row({ visitor: 'both' }),
  'see the names of a room’s people': row({ visitor: 'both' }),
  'see who moderates': row({ visitor: 'both' }),
  'create a room': row({ visitor: 'both' }),
  'create a private room': row({ visitor: 'both' }),
  'change another room’s title or settings': row({ creator: 'both', moderator: 'both' }),
  'hand another room on': row({ creator: 'both', moderator: 'both' }),
  'write in the lobby': row({ visitor: 'both', ...guests }),
  'write in another room': row({ visitor: 'both' }),
  'show typing in another room': row({ visitor: 'sockets' }),
  'edit a person’s message': row({ author: 'sockets' }),
  'pin a message in another room': row({ creator: 'both', moderator: 'both' }),
  'read the former texts of a message': row({ author: 'both', creator: 'both', moderator: 'both' }),
  'react to a message': row({ visitor: 'sockets' }),
  'remove a person’s message in the lobby': row({ author: 'both', moderator: 'both' }),
  'remove a person’s message in another room': row({ author: 'both', creator: 'both', moderator: 'both' }),
  'remove a guest’s message': row({ visitor: 'both', ...guests, classic: 'no' }),
  'invite people': row({ moderator: 'both' }),
  'invite into one’s own private room': row({ visitor: 'both' }),
  'see the invitations': row({ moderator: 'both' }),
  'withdraw an invitation': row({ moderator: 'both' }),
  'give a role': row({ owner: 'both' }),
  'report a message': row({ visitor: 'both' }),
  'see and resolve reports': row({ moderator: 'both' }),
  'mute a person': row({ moderator: 'both' }),
  'ban a person': row({ moderator: 'both' }),
  'end a mute or a ban': row({ moderator: 'both' }),
  'see who is muted or banned': row({ moderator: 'both' }),
  'read the audit log': row({ moderator: 'both' })
} satisfies Record<string, Row>
export type Verb = keyof typeof rights
export const verbs = Object.keys(rights) as Verb[]

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
