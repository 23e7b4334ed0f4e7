import { useEffect, useRef } from 'preact/hooks'
import type { Person } from '../../src/contract.ts'
import { useApp } from './app-context.ts'
import { Avatar } from './Avatar.tsx'

/** The button of somebody whom this browser knows. */
export function ContinueAs({ person, onClick }: { person: Person; onClick: () => void }) {
  const go = useRef<HTMLButtonElement>(null)
  useEffect(() => go.current?.focus(), [person.id])
  return (
    <button ref={go} type="button" class="button primary wide" onClick={onClick}>
      <Avatar name={person.name} person={person.key} color={person.color} />
      <span dir="auto">{useApp().i18n.t('signIn.continue', { name: person.name })}</span>
    </button>
  )
}
