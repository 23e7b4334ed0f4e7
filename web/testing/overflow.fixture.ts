import type { Page } from 'playwright-core'

/** Scrollers that can be scrolled sideways, and elements that stand outside of the page, each with by how much. */
export const overflowing = (page: Page) =>
  page.evaluate(() => {
    const seen = [...document.querySelectorAll<HTMLElement>('html, body, body *')].filter(
      (element) => element.checkVisibility() && !element.matches('.unseen, .unseen *, .skip, svg *')
    )
    const name = ({ localName, className }: HTMLElement) => `${localName}.${className}`
    const isScroller = (element: HTMLElement) => /auto|scroll/.test(getComputedStyle(element).overflowX)
    const isClipped = (element: HTMLElement) => element.closest('.one-line, button > span') !== null
    return [
      ...seen
        .filter(
          (element) =>
            element.scrollWidth > element.clientWidth &&
            (isScroller(element) || element.matches('html, body, .chat, .room'))
        )
        .map((element) => {
          const { right } = element.getBoundingClientRect()
          const wide = [...element.querySelectorAll<HTMLElement>('*')].find(
            (child) => child.getBoundingClientRect().right > right + 1
          )
          const by = element.scrollWidth - element.clientWidth
          return `${name(element)} scrolls by ${by} px${wide ? `, as ${name(wide)} needs them` : ''}`
        }),
      ...seen
        .map((element) => ({ element, box: element.getBoundingClientRect() }))
        .filter(({ element, box }) => (box.right > innerWidth + 1 || box.left < -1) && !isClipped(element))
        .map(
          ({ element, box }) => `${name(element)} stands from ${Math.round(box.left)} to ${Math.round(box.right)} px`
        )
    ].slice(0, 5)
  })
