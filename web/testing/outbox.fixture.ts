// For browser tests of the outbox: what the browser's database holds.
import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import { messages } from '../../infra/testing/browser.ts'

/** What waits in this browser, of all people. */
export const waiting = (page: Page) =>
  page.evaluate(
    () =>
      new Promise<{ text: string; state: string }[]>((done) => {
        const asked = indexedDB.open('taifas', 1)
        asked.addEventListener('success', () => {
          const read = asked.result.transaction('outbox').objectStore('outbox').getAll()
          read.addEventListener('success', () => {
            asked.result.close()
            done(read.result)
          })
        })
      })
  )

/** Resolves once this waits in this browser, and nothing else. */
export async function untilWaiting(page: Page, wanted: object[]): Promise<void> {
  const items = wanted.map((item) => expect.objectContaining(item) as unknown)
  await expect.poll(() => waiting(page)).toEqual(items)
}

/** Puts an item of the signed-in person into the outbox, as the build before stored it, and reloads the page. */
export async function leaveBehind(page: Page, item: { v: number; text: string; at: number; state: string }) {
  await page.evaluate(
    (item) =>
      new Promise<void>((done) => {
        const { person } = JSON.parse(sessionStorage.getItem('taifas:session')!) as { person: { id: string } }
        const id = item.text.replaceAll(' ', '-').padEnd(22, 'x')
        const asked = indexedDB.open('taifas', 1)
        asked.addEventListener('success', () => {
          const writing = asked.result.transaction('outbox', 'readwrite')
          writing.objectStore('outbox').put({ ...item, id, person: person.id, room: 'lobby', triedAt: item.at })
          writing.addEventListener('complete', () => {
            asked.result.close()
            done()
          })
        })
      }),
    item
  )
  await page.reload()
  await messages(page).waitFor()
}
