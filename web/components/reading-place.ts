// The one rule for the scroll position of the messages, whatever changes their heights or their order: the end stays where it is for a
// person who reads the end, and the first row in view for the others.

export type ReadingPlace = ReturnType<typeof readingPlace>

export function readingPlace(list: HTMLElement) {
  /** The row that stays where it is: its place in the content, and how far below the upper edge it belongs. */
  let anchor: { row: HTMLElement; at: number; top: number } | null = null
  /** The last row, and the distance to the end below it. */
  let end: { last: Element | null; below: number } = { last: null, below: 0 }
  /** Where this rule has left the list. At any other position the person has scrolled. */
  let left = -1

  const content = () => list.firstElementChild!
  const below = () => list.scrollHeight - list.scrollTop - list.clientHeight

  function scrollTo(position: number) {
    if (Math.abs(list.scrollTop - position) >= 0.5) list.scrollTop = position
    left = list.scrollTop
  }

  function fix(row: HTMLElement, top: number) {
    anchor = { row, at: placeIn(list, row), top }
    scrollTo(anchor.at - top)
  }

  return {
    below,
    fix,

    /** Takes the first row in view as the anchor if the person has scrolled. Returns that anchor, or null if there is none. */
    look() {
      if (!anchor?.row.isConnected || list.scrollTop !== left) {
        const row = firstInView(list)
        const at = row ? placeIn(list, row) : 0
        anchor = row && { row, at, top: at - list.scrollTop }
        left = list.scrollTop
      }
      end = { last: content().lastElementChild, below: below() }
      return anchor
    },

    /** @param slack how far above the end the end still counts as in view, in pixels; null: the end is not in view */
    settle(slack: number | null) {
      if (slack !== null) {
        const isSame = end.last === content().lastElementChild && end.below <= slack
        const position = list.scrollHeight - list.clientHeight - (isSame ? end.below : 0)
        return scrollTo(position)
      }
      if (!anchor?.row.isConnected) return
      const scrolled = list.scrollTop - left
      // When rows above go away, the browser may have moved a position that is no longer possible.
      const isMoved = list.scrollTop >= list.scrollHeight - list.clientHeight - 1 && scrolled < 0
      fix(anchor.row, isMoved ? anchor.top : anchor.top - scrolled)
    }
  }
}

/** How far below the upper edge of its list a row is, in pixels. */
export const topInView = (row: HTMLElement) =>
  row.getBoundingClientRect().top - row.closest('.scroller')!.getBoundingClientRect().top

/** The place of a row in the content of the list, in pixels, whatever is scrolled. */
const placeIn = (list: HTMLElement, row: HTMLElement) => topInView(row) + list.scrollTop

/** The first message whose top is in view. */
function firstInView(list: HTMLElement): HTMLElement | null {
  const [rows, place] = search(list, (row) => placeIn(list, row) < list.scrollTop)
  return rows[Math.min(place, rows.length - 1)] ?? null
}

/** The last message whose end is in view, or above it. */
export function lastRead(list: HTMLElement): HTMLElement | undefined {
  const lowerEdge = list.scrollTop + list.clientHeight
  const [rows, place] = search(list, (row) => placeIn(list, row) + row.offsetHeight <= lowerEdge)
  return rows[place - 1]
}

/** All rows, and how many are before a place. They are in order, so few of them are measured. */
function search(list: HTMLElement, isBefore: (row: HTMLElement) => boolean) {
  const rows = list.querySelectorAll<HTMLElement>('.row')
  let [low, high] = [0, rows.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (isBefore(rows[middle]!)) low = middle + 1
    else high = middle
  }
  return [rows, low] as const
}
