import type { texts } from '../../locales/en/rooms.ts'
import { useTexts } from '../app-context.ts'

/** The texts of this part. */
export const useRoomTexts = () => useTexts<typeof texts>()
