// What happens when a store is nearly full. Above 90 % the authors who store most are refused first, and their oldest messages are
// trimmed in slices until the store is below 85 %. Everyone else continues.

/** Above this part of its limit a store is under pressure … */
const PRESSED_ABOVE = 0.9
/** … until it is below this one. */
const RELIEVED_BELOW = 0.85
/** Under pressure an author may hold this many fair shares at first, and an eighth of one when the limit is reached. */
const HEADROOM_SHARES = 4
const HEADROOM_LEAST = 1 / 8
/** A pause between two reliefs, so that the store serves others meanwhile. */
const RELIEF_EVERY_MS = 250
/** The store is measured after this part of its limit was written, and not more often than that. */
const MEASURE_AFTER_PART = 1 / 64
const MEASURE_AFTER_BYTES = 1_000_000
const MEASURE_EVERY_MS = 250
/** The same while little is written, and while little is written under pressure. */
const MEASURE_QUIET_MS = 60_000
const MEASURE_PRESSED_MS = 2_000
/** A store that refused for lack of memory counts as full for so long. */
const REFUSED_FOR_MS = 5_000

export interface Fullness {
  used: number
  max: number
}

export interface PressureOptions {
  /** Bytes in use and their limit; null when either is not known or there is no limit. */
  measure(): Promise<Fullness | null>
  /** Trims a slice; resolves to 0 when there was nothing to do. `full`: the store refuses writes. */
  relieve(full: boolean, max: number | null): Promise<number>
}

export type Pressure = ReturnType<typeof createPressure>

/** Sends nothing by itself: an idle store is never measured. */
export function createPressure({ measure, relieve }: PressureOptions) {
  let fullness: Fullness | null = null
  let pressed = false
  let written = 0
  let measuredAt = -Infinity
  let refusedAt = -Infinity
  let looking: Promise<void> | null = null
  let relieving: Promise<number> | null = null
  let due: NodeJS.Timeout | undefined
  let closed = false

  const refuses = () => performance.now() - refusedAt < REFUSED_FOR_MS
  const part = () => (refuses() ? 1 : fullness ? fullness.used / fullness.max : 0)

  async function lookNow(isRelieved: boolean) {
    measuredAt = performance.now()
    written = 0
    // A store that does not answer is not fuller for that.
    fullness = await measure().catch(() => fullness)
    // What is measured after a relief is newer than the refusal.
    if (isRelieved && fullness && fullness.used < fullness.max * RELIEVED_BELOW) refusedAt = -Infinity
    pressed = part() > (pressed ? RELIEVED_BELOW : PRESSED_ABOVE)
    if (pressed) due ??= setTimeout(() => void goOn(), 0).unref()
  }
  const look = (isRelieved = false) => (looking ??= lookNow(isRelieved).finally(() => (looking = null)))

  const relieveOnce = () =>
    (relieving ??= relieve(refuses(), fullness?.max ?? null)
      .catch(() => 0)
      .finally(() => (relieving = null)))

  async function goOn() {
    due = undefined
    // When nothing could be trimmed, the next write measures again.
    if ((await relieveOnce()) > 0) lookAgain()
  }

  function lookAgain() {
    clearTimeout(due)
    if (closed) return
    due = setTimeout(() => {
      due = undefined
      void look(true)
    }, RELIEF_EVERY_MS).unref()
  }

  return {
    /** Bytes that all authors may share now, in equal parts; null while there is space. */
    get fair(): number | null {
      if (!pressed || !fullness) return null
      const headroom = Math.min(1, (1 - part()) / (1 - PRESSED_ABOVE))
      return fullness.max * Math.max(HEADROOM_LEAST, HEADROOM_SHARES * headroom)
    },

    /** Reports that so many bytes are written. */
    wrote(bytes: number) {
      written += bytes
      const since = performance.now() - measuredAt
      const much = Math.min((fullness?.max ?? Infinity) * MEASURE_AFTER_PART, MEASURE_AFTER_BYTES)
      if (since > (pressed ? MEASURE_PRESSED_MS : MEASURE_QUIET_MS) || (written > much && since > MEASURE_EVERY_MS))
        void look()
    },

    /** The store refused something for lack of memory. Resolves once some of it has been freed, as far as possible. */
    async refused() {
      refusedAt = performance.now()
      await look()
      pressed = true
      clearTimeout(due)
      await relieveOnce()
      lookAgain()
    },

    close() {
      closed = true
      clearTimeout(due)
    }
  }
}
