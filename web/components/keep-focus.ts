// The focus never falls to the body, from where a keyboard or a screen reader would begin again at the top of the page. When the element
// that has it goes away, the nearest element around it that is left takes it, else the text box, or the view on a phone. In a dialog its
// text box takes it, or the cross: no button of the next row, which a key pressed twice would press.
import { focusComposer } from './app-context.ts'

export function keepFocus() {
  /** The element that had the focus last, and those around it. */
  let path: HTMLElement[] = []
  const isLost = () => document.activeElement === document.body

  document.addEventListener('focusin', ({ target }) => {
    path = []
    for (let one = target as HTMLElement | null; one; one = one.parentElement) path.push(one)
  })
  // A press on nothing gives it up on purpose. An element that goes away may say the same, but has gone when the microtask runs.
  document.addEventListener('focusout', () =>
    queueMicrotask(() => {
      if (isLost() && path[0]?.isConnected) path = []
    })
  )
  new MutationObserver(() => {
    if (!isLost() || path[0]?.isConnected !== false) return
    const hasKeyboard = matchMedia('(hover: hover)').matches
    let around = path.find((one) => one.isConnected && one.matches('[tabindex], dialog'))
    if (around?.matches('dialog'))
      around =
        (hasKeyboard && around.querySelector<HTMLElement>('input:not([type=radio])')) || around.querySelector('button')!
    if (around) return around.focus({ preventScroll: true })
    if (hasKeyboard) focusComposer()
    if (isLost()) document.querySelector('main')?.focus({ preventScroll: true })
  }).observe(document.body, { childList: true, subtree: true })
}
