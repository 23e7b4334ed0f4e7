// For browser tests: a cable between tabs and the server, on which frames get lost.
import type { BrowserContext, Page } from 'playwright-core'

/** Which frames get lost, in one direction or the other. */
export interface Cable {
  up: RegExp | null
  down: RegExp | null
}

/** What the person has to be told of a message that was kept: the answer, and the event itself. */
export const ANSWERS = /^43|room:[+e]/

/** A cable for all tabs of a computer, or for one; a tab that is open already hangs on it from its next load on. */
export async function layCable(tabs: BrowserContext | Page): Promise<Cable> {
  const cable: Cable = { up: null, down: null }
  await tabs.routeWebSocket(/socket\.io/, (near) => {
    const far = near.connectToServer()
    near.onMessage((frame) => {
      if (!cable.up?.test(String(frame))) far.send(frame)
    })
    far.onMessage((frame) => {
      if (!cable.down?.test(String(frame))) near.send(frame)
    })
  })
  return cable
}
