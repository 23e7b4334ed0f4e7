import { Invitations } from './Invitations.tsx'
import { People } from './People.tsx'
import { Rooms } from './Rooms.tsx'

const SECTIONS = { people: People, rooms: Rooms, invitations: Invitations }

export type ModerationSection = keyof typeof SECTIONS

/** What moderators and owners see in the settings. */
export function Moderation({ section }: { section: ModerationSection; onClose: () => void }) {
  const Section = SECTIONS[section]
  return <Section />
}
