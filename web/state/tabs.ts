// The tabs of one person in one browser, by the locks that they hold: one of them calls for attention, and none while one is looked at.
const forever = (ended: AbortSignal) => new Promise<void>((done) => ended.addEventListener('abort', () => done()))

export function openTabs(person: string) {
  const { locks } = navigator as { locks?: LockManager }
  const ends = new AbortController()
  const looked = `taifas:looks:${person}`
  let isFirst = !locks
  let isLooked = true
  let looking: AbortController | null = null

  // Whichever tab is closed, another one takes its place.
  locks
    ?.request(`taifas:calls:${person}`, { signal: ends.signal }, () => {
      isFirst = true
      return forever(ends.signal)
    })
    .catch(() => {})

  function looks(now: boolean) {
    isLooked = now
    looking?.abort()
    looking = now ? new AbortController() : null
    const { signal } = looking ?? {}
    if (signal) locks?.request(looked, { mode: 'shared', signal }, () => forever(signal)).catch(() => {})
  }

  return {
    looks,
    /** Whether it is for this tab to notify the person now. */
    async mayNotify(): Promise<boolean> {
      const { held = [] } = (await locks?.query()) ?? {}
      return isFirst && !isLooked && held.every(({ name }) => name !== looked)
    },
    close() {
      looks(false)
      ends.abort()
    }
  }
}
