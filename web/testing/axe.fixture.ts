// What is wrong with a page for somebody: what axe finds, what is outside of the page, and what is too small for a finger.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { AxeResults } from 'axe-core'
import type { Page } from 'playwright-core'

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** What axe finds; `rules` limits it to these. */
export async function findings(page: Page, rules?: string[]): Promise<string[]> {
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axeSource)
  const options = { resultTypes: ['violations'], ...(rules && { runOnly: { type: 'rule', values: rules } }) }
  const results = (await page.evaluate(`axe.run(document, ${JSON.stringify(options)})`)) as AxeResults
  return results.violations.flatMap(({ id, nodes }) =>
    nodes.map((node) => `${id}: ${node.html.slice(0, 140)} ${node.failureSummary}`)
  )
}

/** Elements outside of the page, of those within. */
export const overflow = (page: Page, within = 'body') =>
  page.evaluate(
    (within) =>
      [...document.querySelectorAll<HTMLElement>(`${within} *`)]
        .filter((element) => element.checkVisibility() && !element.matches('.unseen, .unseen *, .skip, svg *'))
        .filter(
          (element) =>
            element.getBoundingClientRect().right > innerWidth + 1 || element.getBoundingClientRect().left < -1
        )
        .map((element) => element.outerHTML.slice(0, 100)),
    within
  )

/** Controls smaller than a fingertip, except those in a line of text. */
export const smallTargets = (page: Page) =>
  page.evaluate(() =>
    [
      ...document.querySelectorAll<HTMLElement>(
        'button:not(.text button), select, input:not([type=checkbox], [type=radio]), label:has([type=checkbox], [type=radio]), textarea, a.room-link'
      )
    ]
      .filter((element) => element.checkVisibility())
      .map((element) => ({ html: element.outerHTML.slice(0, 80), box: element.getBoundingClientRect() }))
      .filter(({ box }) => box.height < 43.5 || box.width < 43.5)
      .map(({ html, box }) => `${Math.round(box.width)}x${Math.round(box.height)} ${html}`)
  )
