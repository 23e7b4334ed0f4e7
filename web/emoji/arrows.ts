// Arrow keys among options that stand in rows.

/** Where an arrow leads in rows of options; null for other keys. */
export function placeAfter(options: readonly HTMLElement[], from: number, key: string): number | null {
  const current = options[from]
  if (!current) return key === 'ArrowDown' && options.length > 0 ? 0 : null
  const isForward = key === 'ArrowRight' || key === 'ArrowDown'
  if (!isForward && key !== 'ArrowLeft' && key !== 'ArrowUp') return null
  const step = isForward ? 1 : -1
  const last = options.length - 1
  if (key === 'ArrowRight' || key === 'ArrowLeft') return Math.min(Math.max(from + step, 0), last)
  let next = from + step
  while (options[next] && options[next]!.offsetTop === current.offsetTop) next += step
  if (!options[next]) return key === 'ArrowUp' ? -1 : from
  // The one in that row that is nearest.
  const top = options[next]!.offsetTop
  const distance = (place: number) => Math.abs(options[place]!.offsetLeft - current.offsetLeft)
  while (options[next + step]?.offsetTop === top && distance(next + step) < distance(next)) next += step
  return next
}
