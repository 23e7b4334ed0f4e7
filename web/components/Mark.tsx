/** The mark: a cup of tea that is also a speech bubble. */
export function Mark() {
  return (
    <svg class="mark" viewBox="0 0 48 48" aria-hidden="true">
      <path
        class="cup"
        d="M8 18h24a3 3 0 0 1 3 3v9a10 10 0 0 1-10 10h-6.5l-8.5 6v-7.2a10 10 0 0 1-6-8.8v-9a3 3 0 0 1 4-3z"
      />
      <path d="M35 23h3a5 5 0 0 1 0 10h-3.5" />
      <path class="steam" d="M14.5 12.5c-2.8-2.8 2.8-4.7 0-8M24.5 12.5c-2.8-2.8 2.8-4.7 0-8" />
    </svg>
  )
}

/** The mark and the name of the chat. */
export const Brand = () => (
  <p class="brand">
    <Mark />
    <span translate={false}>Taifas</span>
  </p>
)
