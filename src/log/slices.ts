// Work that a lowered limit leaves to do at the start of a store, in slices, so that the store serves others meanwhile.

export const SHRINKS =
  'Rooms hold more than HISTORY_LIMIT or ROOM_BYTES_MAX allows, which were lowered: their oldest messages are removed now.'
/** A pause between two slices of about 10 ms. */
const SLICE_EVERY_MS = 100
const AFTER_ERROR_MS = 10_000

/** Repeats `step` until it resolves to false: nothing is left. A step that fails is tried again later. Returns a function that stops it. */
export function workInSlices(step: () => Promise<boolean>): () => void {
  let due = setTimeout(run, SLICE_EVERY_MS).unref()
  let stopped = false

  function run() {
    step().then(
      (more) => more && again(SLICE_EVERY_MS),
      () => again(AFTER_ERROR_MS)
    )
  }

  function again(ms: number) {
    if (!stopped) due = setTimeout(run, ms).unref()
  }

  return () => {
    stopped = true
    clearTimeout(due)
  }
}
