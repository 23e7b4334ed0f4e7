import type { Typist } from '../engine/typing.ts'
import { Names } from './Name.tsx'
import { RichText } from './RichText.tsx'

/** The people who are typing. Its space is reserved, so that nothing moves. */
export function TypingLine({ typists }: { typists: readonly Typist[] }) {
  return (
    <output class="typing small">
      {typists.length > 0 && (
        <>
          <span class="typing-dots" aria-hidden="true">
            <span />
            <span />
            <span />
          </span>
          <span class="one-line">
            <RichText text="people.typing" n={typists.length} values={{ who: <Names people={typists} /> }} />
          </span>
        </>
      )}
    </output>
  )
}
