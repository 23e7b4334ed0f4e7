import { pieces } from '../state/links.ts'
import { useTexts } from './app-context.ts'

/** The text of a message, as plain text with line breaks and links. An address keeps its own direction, whatever precedes it. */
export function MessageText({ text }: { text: string }) {
  const t = useTexts()
  return (
    <p class="text" dir="auto">
      {pieces(text).map((piece, place) =>
        piece.kind === 'text' ? (
          piece.text
        ) : (
          <a key={place} dir="ltr" href={piece.href} target="_blank" rel="noopener noreferrer nofollow ugc">
            {piece.text}
            <span class="unseen"> ({t('message.opensNew')})</span>
          </a>
        )
      )}
    </p>
  )
}
