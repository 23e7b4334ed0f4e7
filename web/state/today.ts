import { signal } from '@preact/signals'

/** How often the date is looked at. A timer until midnight would be late after the device has slept. */
const LOOKED_AT_EVERY_MS = 60_000

const midnight = () => new Date().setHours(0, 0, 0, 0)

/** When the day that it is began, in milliseconds since 1970. */
export const today = signal(midnight())

setInterval(() => (today.value = midnight()), LOOKED_AT_EVERY_MS)
