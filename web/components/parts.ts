// The parts of the page that an ordinary hour does without: each loads when it is first shown, with its texts.
import type { LoadTexts } from '../state/i18n.ts'
import { lazy } from './lazy.tsx'
import { accounts, dialogs } from './parts-before-chat.ts'

const settings: LoadTexts = (language) => import(`../locales/${language}/settings.ts`)

export const Settings = lazy(async () => (await import('./settings/Settings.tsx')).Settings, settings)
export const RoomAlerts = lazy(async () => (await import('./settings/RoomAlerts.tsx')).RoomAlerts, settings)

const moderation: LoadTexts = (language) => import(`../locales/${language}/moderation.ts`)

export const Moderation = lazy(async () => (await import('./moderation/Moderation.tsx')).Moderation, moderation)

export const RoomSettings = lazy(async () => (await import('./moderation/RoomSettings.tsx')).RoomSettings, moderation)

export const RoomInvitations = lazy(
  async () => (await import('./moderation/RoomInvitations.tsx')).RoomInvitations,
  moderation
)

export const WritingNote = lazy(async () => (await import('./WritingNote.tsx')).WritingNote, dialogs)
export const RemoveDialog = lazy(async () => (await import('./RemoveDialog.tsx')).RemoveDialog, dialogs)
export const LeftText = lazy(async () => (await import('./LeftText.tsx')).LeftText, dialogs)
export const ReportDialog = lazy(async () => (await import('./ReportDialog.tsx')).ReportDialog, dialogs)

const keyboard: LoadTexts = (language) => import(`../locales/${language}/keyboard.ts`)

export const Chooser = lazy(async () => (await import('./Chooser.tsx')).Chooser, keyboard)
export const Shortcuts = lazy(async () => (await import('./Shortcuts.tsx')).Shortcuts, keyboard)

export const Passkeys = lazy(async () => (await import('./accounts/Passkeys.tsx')).Passkeys, accounts)
export const OwnData = lazy(async () => (await import('./accounts/OwnData.tsx')).OwnData, accounts)
export const LinkDevice = lazy(async () => (await import('./accounts/LinkDevice.tsx')).LinkDevice, accounts)

export const PickEmoji = lazy(
  async () => (await Promise.all([import('./PickEmoji.tsx'), import('../emoji/emoji.ts')]))[0].PickEmoji,
  (language) => import(`../locales/${language}/emoji.ts`)
)

const rooms: LoadTexts = (language) => import(`../locales/${language}/rooms.ts`)

export const NewRoom = lazy(async () => (await import('./rooms/NewRoom.tsx')).NewRoom, rooms)
export const PersonCard = lazy(async () => (await import('./rooms/PersonCard.tsx')).PersonCard, rooms)
export const Mentions = lazy(async () => (await import('./rooms/Mentions.tsx')).Mentions, rooms)
export const Members = lazy(async () => (await import('./rooms/Members.tsx')).Members, rooms)
export const History = lazy(async () => (await import('./rooms/History.tsx')).History, rooms)
export const Pins = lazy(async () => (await import('./rooms/Pins.tsx')).Pins, rooms)
export const RemoveRoom = lazy(async () => (await import('./rooms/RemoveRoom.tsx')).RemoveRoom, rooms)
