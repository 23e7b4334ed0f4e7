import type { texts as moderation } from '../../locales/en/moderation.ts'
import type { texts as settings } from '../../locales/en/settings.ts'
import { useTexts } from '../app-context.ts'

/** The texts of the settings, and of running the chat. */
export const useModerationTexts = () => useTexts<typeof settings & typeof moderation>()
