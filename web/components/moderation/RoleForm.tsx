import { useSignal } from '@preact/signals'
import { roles, type Role } from '../../../src/contract.ts'
import { useChat } from '../app-context.ts'
import { useOutcome } from '../settings/answer.tsx'
import { useModerationTexts } from './texts.ts'

interface RoleFormProps {
  person: { id: string; name: string }
  role: Role
  onRole(role: Role): void
}

/** Gives a person a role. */
export function RoleForm({ person, role, onRole }: RoleFormProps) {
  const t = useModerationTexts()
  const { ask } = useChat()
  const outcome = useOutcome()
  const chosen = useSignal(role)

  async function give() {
    const reply = await ask('role:give', { person: person.id, role: chosen.value })
    if (!reply.ok) return outcome.refused(reply.reason)
    onRole(reply.value.role)
    outcome.say(t('manage.gaveRole', { name: person.name, role: t(`role.${reply.value.role}`) }))
  }

  return (
    <form
      class="fields"
      onSubmit={(event) => {
        event.preventDefault()
        void give()
      }}
    >
      <label class="choice">
        <span>{t('manage.role')}</span>
        <select
          value={chosen.value}
          onChange={(event) => (chosen.value = roles.find((one) => one === event.currentTarget.value) ?? role)}
        >
          {roles.map((one) => (
            <option key={one} value={one}>
              {t(`role.${one}`)}
            </option>
          ))}
        </select>
      </label>
      <button type="submit" class="button">
        {t('manage.giveRole')}
      </button>
      {outcome.line}
    </form>
  )
}
