// What was begun in each room and not sent, kept over a reload in this tab, under the person who wrote it.

export interface Drafts {
  get(room: string): string
  set(room: string, text: string): void
}

export function tabDrafts(person: string, storage: Storage): Drafts {
  const key = (room: string) => `taifas:draft:${person}:${room}`
  return {
    get: (room) => storage.getItem(key(room)) ?? '',
    set(room, text) {
      try {
        if (text === '') storage.removeItem(key(room))
        else storage.setItem(key(room), text)
      } catch {
        // A full storage: the text is still in the box.
      }
    }
  }
}
