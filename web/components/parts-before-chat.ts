// As parts.ts: what is shown before the chat.
import type { LoadTexts } from '../state/i18n.ts'
import { lazy } from './lazy.tsx'

export const EntryPage = lazy(
  async () => (await import('./EntryPage.tsx')).EntryPage,
  (language) => import(`../locales/${language}/entry.ts`)
)

export const accounts: LoadTexts = (language) => import(`../locales/${language}/accounts.ts`)
export const Ways = lazy(async () => (await import('./accounts/Ways.tsx')).Ways, accounts)

export const dialogs: LoadTexts = (language) => import(`../locales/${language}/dialogs.ts`)
export const BanNote = lazy(async () => (await import('./BanNote.tsx')).BanNote, dialogs)
