// Line icons, drawn for this page. The sign-in view does without them.
import { LOBBY, roomKind } from '../../src/contract.ts'
import { CROSS, Drawing } from './Drawing.tsx'

const paths = {
  menu: 'M4 7h16M4 12h16M4 17h10',
  people:
    'M9 11.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7ZM2.5 19.5c.6-3.4 3.2-5.5 6.5-5.5s5.9 2.1 6.5 5.5M16 5a3.3 3.3 0 0 1 0 6.3M18 14.4c1.9.8 3.1 2.6 3.5 5.1',
  settings: 'M4 7h9M17 7h3M4 12h3M11 12h9M4 17h9M17 17h3M15 5v4M9 10v4M15 15v4',
  close: CROSS,
  plus: 'M12 5v14M5 12h14',
  send: 'M12 19V5M6 11l6-6 6 6',
  smile: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM8.5 14c.8 1.3 2 2 3.5 2s2.7-.7 3.5-2M9 9.5v.5M15 9.5v.5',
  reply: 'M9 7l-5 5 5 5M4 12h9.5a6 6 0 0 1 6 6v1',
  edit: 'M4 20l1-4L16 5l3 3L8 19l-4 1ZM14 7l3 3',
  remove: 'M5 7h14M10 7V4.5h4V7M7 7l.8 12.5h8.4L17 7M10.5 11v5M13.5 11v5',
  at: 'M12 15.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7ZM15.5 8.5V13a2.5 2.5 0 0 0 5 0v-1a8.5 8.5 0 1 0-3.5 6.9',
  bell: 'M6 17h12l-1.5-2.5V10a4.5 4.5 0 0 0-9 0v4.5L6 17ZM10.5 20h3',
  flag: 'M6 21V4h11l-3 4 3 4H6',
  unread: 'M5 6.5h9M5 6.5v10h3v3l4-3h7v-6M18 3v5M15.5 5.5h5',
  pin: 'M9 4h6l-.5 6 3 3.5h-11l3-3.5L9 4ZM12 13.5V20',
  down: 'M12 5v14M6 13l6 6 6-6',
  copy: 'M9 9h10v11H9ZM15 9V4H5v11h4',
  link: 'M10 14a4 4 0 0 0 6 0l3-3a4 4 0 0 0-6-6l-1 1M14 10a4 4 0 0 0-6 0l-3 3a4 4 0 0 0 6 6l1-1',
  hash: 'M9.5 4L8 20M16 4l-1.5 16M5 9h15M4 15h15',
  search: 'M11 17a6 6 0 1 0 0-12 6 6 0 0 0 0 12ZM15.5 15.5L20 20',
  lock: 'M6 11h12v9H6ZM8.5 11V8a3.5 3.5 0 0 1 7 0v3M12 14.5v2',
  closed: 'M4 5h16v4H4ZM6 9v10h12V9M10 13h4',
  person: 'M12 11.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7ZM5 20c.6-3.6 3.4-5.8 7-5.8s6.4 2.2 7 5.8',
  globe:
    'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM3.5 12h17M12 3c2.5 2.6 3.8 5.6 3.8 9s-1.3 6.4-3.8 9c-2.5-2.6-3.8-5.6-3.8-9S9.5 5.6 12 3Z'
} as const

export type IconName = keyof typeof paths

export const Icon = ({ name }: { name: IconName }) => <Drawing d={paths[name]} />

const KIND_ICONS = { open: 'hash', private: 'lock', direct: 'person' } as const
export const RoomIcon = ({ room }: { room: string }) => (
  <Icon name={room === LOBBY ? 'globe' : KIND_ICONS[roomKind(room)]} />
)
