import type { ComponentType } from 'preact'
import { Audit } from './Audit.tsx'
import { Invitations } from './Invitations.tsx'
import { People } from './People.tsx'
import { Reports } from './Reports.tsx'
import { Rooms } from './Rooms.tsx'

export type ModerationSection = 'people' | 'rooms' | 'invitations' | 'reports' | 'audit'

const SECTIONS: Record<ModerationSection, ComponentType<{ onClose: () => void }>> = {
  people: People,
  rooms: Rooms,
  invitations: Invitations,
  reports: Reports,
  audit: Audit
}

/** What moderators and owners see in the settings. */
export function Moderation({ section, onClose }: { section: ModerationSection; onClose: () => void }) {
  const Section = SECTIONS[section]
  return <Section onClose={onClose} />
}
