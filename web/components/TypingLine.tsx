import type { Typist } from '../engine/typing.ts'
import { Names } from './Name.tsx'
import { Say } from './Say.tsx'

/** Who is typing. Its space is always kept, so that nothing moves. */
export function TypingLine({ typists }: { typists: readonly Typist[] }) {
  return (
    <output class="typing">
      {typists.length > 0 && (
        <>
          <span class="typing-dots" aria-hidden="true">
            <span />
            <span />
            <span />
          </span>
          <span>
            <Say word="people.typing" n={typists.length} values={{ who: <Names people={typists} /> }} />
          </span>
        </>
      )}
    </output>
  )
}
