/** The mark: a cup of tea that is also a speech bubble. */
export function Mark() {
  return (
    <svg class="mark" viewBox="0 0 48 48" aria-hidden="true">
      <path
        class="cup"
        d="M8 18h24a3 3 0 0 1 3 3v9a10 10 0 0 1-10 10h-6.500l-8.500 6v-7.200a10 10 0 0 1-6-8.800v-9a3 3 0 0 1 4-3z"
      />
      <path d="M35 23h3a5 5 0 0 1 0 10h-3.500" />
      <path class="steam" d="M14.500 12.500c-2.800-2.800 2.800-4.700 0-8M24.500 12.500c-2.800-2.800 2.800-4.700 0-8" />
    </svg>
  )
}
