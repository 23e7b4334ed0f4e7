export const CROSS = 'M6 6l12 12M18 6L6 18'

/** Lines on a 24 px grid. */
export const Drawing = ({ d }: { d: string }) => (
  <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
    <path d={d} />
  </svg>
)
