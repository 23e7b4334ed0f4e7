// Where unconfirmed messages outlive a reload: in this tab's own storage, under the person they belong to, never sent as another.
import type { OutboxItem } from './outbox.ts'

export interface OutboxStore {
  load(): Promise<OutboxItem[]>
  save(items: readonly OutboxItem[]): void
}

export function tabOutboxStore(person: string, storage: Storage): OutboxStore {
  const key = `taifas:outbox:${person}`
  return {
    load: async () => {
      try {
        const items = JSON.parse(storage.getItem(key) ?? '[]') as OutboxItem[]
        return Array.isArray(items) ? items.filter((item) => item.v === 1) : []
      } catch {
        return []
      }
    },
    save(items) {
      try {
        if (items.length > 0) storage.setItem(key, JSON.stringify(items))
        else storage.removeItem(key)
      } catch {
        // A full or forbidden storage: the text is still on the screen, and still being sent.
      }
    }
  }
}
