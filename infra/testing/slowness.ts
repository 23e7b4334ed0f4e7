// How busy the computer is. A time that is promised for a computer of its own is compared with what this one could do meanwhile.

const WORK_US = 20_000

/** How many times longer a piece of work takes now than on a computer of its own: 1 or more. */
export function slowness(): number {
  const start = performance.now()
  const before = process.cpuUsage()
  for (;;) {
    const { user, system } = process.cpuUsage(before)
    if (user + system >= WORK_US) return Math.max(1, ((performance.now() - start) * 1_000) / (user + system))
  }
}
