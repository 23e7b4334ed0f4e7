import { COUNT_SHOWN_FROM } from '../state/text-limits.ts'
import { useTexts } from './app-context.ts'

/** Says how many characters fit, when few do, or how many are too many. */
export function LengthNote({ id, left }: { id: string; left: number }) {
  const t = useTexts()
  return (
    <output id={id} class={left < 0 ? 'count over' : 'count'}>
      {left < 0 ? t('composer.over', { n: -left }) : left < COUNT_SHOWN_FROM && t('composer.left', { n: left })}
    </output>
  )
}
