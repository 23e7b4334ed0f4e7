// Names of people by id, as they were in the events of a room that were received. Former members have none.
import type { Author } from '../../src/contract.ts'

export function roomNames() {
  const names = new Map<string, string>()
  return {
    learn(items: readonly { by: Author }[]) {
      for (const { by } of items) if (by.id !== null && by.name !== '') names.set(by.id, by.name)
    },
    nameOf: (person: string) => names.get(person)
  }
}
