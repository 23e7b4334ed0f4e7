import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import type { CodePart } from '../formatting/highlight.ts'

/** A block of code, in color once the colors of its language are loaded. They change nothing else. */
export function CodeBlock({ code, language }: { code: string; language: string | undefined }) {
  const parts = useSignal<readonly CodePart[] | null>(null)

  useEffect(() => {
    parts.value = null
    let current = true
    async function color(language: string) {
      const { highlight } = await import('../formatting/highlight.ts')
      if (current) parts.value = highlight(code, language)
    }
    // Without colors the code is readable, too.
    if (language !== undefined) color(language).catch(() => {})
    return () => {
      current = false
    }
  }, [code, language, parts])

  return (
    <pre dir="ltr">
      {language !== undefined && <small>{language}</small>}
      <code>
        {parts.value?.map(({ text, kind }, place) =>
          kind ? (
            <span key={place} class={`code-${kind}`}>
              {text}
            </span>
          ) : (
            text
          )
        ) ?? code}
      </code>
    </pre>
  )
}
