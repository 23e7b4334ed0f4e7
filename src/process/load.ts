// Loads the program in parts. The port is open meanwhile, and requests wait in it.

/** Turns of the event loop that a new connection needs: to be accepted, to send its request, to get the answer. */
const TURNS_BETWEEN = 3

/** Waits for an import, then lets the event loop turn: loading takes most of a start, and would block it as a whole. */
export async function loaded<T>(part: Promise<T>): Promise<T> {
  const exports = await part
  await turns()
  return exports
}

/** Lets the event loop turn as often as an answer needs. */
export async function turns(): Promise<void> {
  for (let turn = 0; turn < TURNS_BETWEEN; turn += 1) await new Promise((done) => setImmediate(done))
}
