import type { ComponentChildren } from 'preact'
import { useApp, useTexts } from './app-context.ts'

/** A person's name; somebody who has left for good has none. A guest's name is marked, because nobody has signed in under it. */
export function Name({ name, guest }: { name: string; guest: boolean }) {
  const t = useTexts()
  if (!guest) return <bdi class="name">{name.trim() || t('people.former')}</bdi>
  return (
    <span class="name guest" title={t('people.guestHint')}>
      <bdi>{name}</bdi>
      <span class="unseen"> ({t('people.guest')})</span>
    </span>
  )
}

/** "Ana, Bo and 3 others": the first few by name. */
export function Names({ people, named = 3 }: { people: readonly { name: string; guest: boolean }[]; named?: number }) {
  const { i18n } = useApp()
  // Never "and 1 other": there is space for that name.
  const shown = people.length <= named + 1 ? people : people.slice(0, named)
  const rest = people.length - shown.length
  const parts: ComponentChildren[] = shown.map(({ name, guest }) => <Name key={name} name={name} guest={guest} />)
  if (rest > 0) parts.push(i18n.t('people.others', { n: rest }))
  let place = 0
  return (
    <>
      {i18n.tools.value.list
        .formatToParts(parts.map(String))
        .map(({ type, value }) => (type === 'element' ? parts[place++] : value))}
    </>
  )
}
