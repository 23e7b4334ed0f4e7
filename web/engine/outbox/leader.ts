// Whose turn it is to send, among the tabs of one person: a lock of the browser's, which a closed tab leaves by itself. A frozen one
// doesn't, so who holds the lock says so twice a second, and is relieved of it when it falls silent.
/* oxlint-disable unicorn/require-post-message-target-origin -- a channel reaches its own origin only */

/** How often the holder shows that it is alive. */
export const BEAT_MS = 500
/**
 * A holder that was silent for so long is taken for frozen: within three seconds another tab sends, also one that asks for the turn
 * only now. Counted in beats, so that a waiting tab's own sleep doesn't count.
 */
export const SILENT_MS = 2_000

export type Locks = Pick<LockManager, 'request'>

/**
 * Asks for the turn called `name`. `held` is called once it has come, `lost` when it was taken away. Returns how to give it back,
 * or to ask no longer. The one that was relieved may still be sending: that two send the same is harmless.
 */
export function askForTurn(name: string, locks: Locks, held: () => void, lost: () => void): () => void {
  const beats = new BroadcastChannel(`${name}:turn`)
  const asking = new AbortController()
  let phase: 'waiting' | 'held' | 'over' = 'waiting'
  let silent = 0
  let giveBack = () => {}

  const ticking = setInterval(() => {
    if (phase === 'held') return beats.postMessage('here')
    silent += BEAT_MS
    if (silent === SILENT_MS) {
      asking.abort()
      request({ steal: true })
    }
  }, BEAT_MS)
  beats.addEventListener('message', () => (silent = 0))
  request({ signal: asking.signal })

  function request(options: LockOptions) {
    locks
      .request(name, options, () => {
        if (phase === 'over') return undefined
        begin()
        return new Promise<void>((back) => (giveBack = back))
      })
      .catch(() => {
        if (phase === 'held') {
          end()
          lost()
        } else if (phase === 'waiting' && !asking.signal.aborted) {
          // This browser gives no locks after all: everybody sends.
          begin()
        }
      })
  }

  function begin() {
    phase = 'held'
    beats.postMessage('here')
    held()
  }

  function end() {
    phase = 'over'
    clearInterval(ticking)
    asking.abort()
    beats.close()
    giveBack()
  }

  return () => {
    if (phase !== 'over') end()
  }
}
