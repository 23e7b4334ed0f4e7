/** Why something did not work, if it did not: a screen reader says it at once. */
export const Refused = ({ text }: { text: string | null }) =>
  text === null ? null : (
    <p class="refused" role="alert">
      {text}
    </p>
  )
