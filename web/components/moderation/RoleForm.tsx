import { useSignal } from '@preact/signals'
import { roles, type Role } from '../../../src/contract.ts'
import { useChat } from '../app-context.ts'
import { useOutcome } from '../settings/answer.tsx'
import { useModerationTexts } from './texts.ts'
import { Button } from '../Button.tsx'
import { Form } from '../forms/Form.tsx'
import { Select } from '../forms/fields.tsx'

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
    <Form class="fields stack" onSubmit={give}>
      <Select
        label={t('manage.role')}
        value={chosen.value}
        options={roles.map((one) => [one, t(`role.${one}`)])}
        onChosen={(one) => (chosen.value = one)}
      />
      <Button type="submit" text={t('manage.giveRole')} />
      {outcome.line}
    </Form>
  )
}
