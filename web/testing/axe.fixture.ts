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

/** Controls smaller than a fingertip, except those in a line of text; and fields whose text iOS enlarges, with the page around them. */
export const smallTargets = (page: Page) =>
  page.evaluate(() =>
    [
      ...document.querySelectorAll<HTMLElement>(
        'button:not(.text button), summary, select, input:not([type=checkbox], [type=radio]), label:has([type=checkbox], [type=radio]), textarea, a.room-link'
      )
    ]
      .filter((element) => element.checkVisibility())
      .map((element) => {
        const { width, height } = element.getBoundingClientRect()
        const isField = element.matches('select, input:not([type=checkbox], [type=radio]), textarea')
        const fontPx = isField ? parseFloat(getComputedStyle(element).fontSize) : Infinity
        return { html: element.outerHTML.slice(0, 80), width, height, fontPx }
      })
      .filter(({ width, height, fontPx }) => height < 43.5 || width < 43.5 || fontPx < 16)
      .map(({ html, width, height, fontPx }) => `${Math.round(width)}x${Math.round(height)}, ${fontPx} px: ${html}`)
  )
