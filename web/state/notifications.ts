// Notifications of this browser, one for each room: the worker's where this device receives push messages, so that both are one.
export interface Shown {
  title: string
  body: string
  message?: string
}

interface Data {
  room: string
  message?: string
}

export function openNotifications() {
  const own = new Map<string, Notification>()
  const isAllowed = () => globalThis.Notification?.permission === 'granted'
  const worker = async () => (await navigator.serviceWorker?.getRegistration('/push/').catch(() => undefined)) ?? null

  // A press on one of the worker's notifications leads here.
  const pressed = ({ data }: MessageEvent<Partial<Data> | null>) => {
    if (data?.room) go(data as Data)
  }
  navigator.serviceWorker?.addEventListener('message', pressed)

  function go({ room, message }: Data) {
    location.hash = message ? `#/${room}/${message}` : `#/${room}`
  }

  return {
    async show(room: string, { title, body, message }: Shown): Promise<void> {
      if (!isAllowed()) return
      const data: Data = { room, ...(message && { message }) }
      const options = { body, tag: room, icon: '/icon-192.png', data }
      const registration = await worker()
      if (registration?.active) return registration.showNotification(title, options)
      const shown = new Notification(title, options)
      own.set(room, shown)
      shown.addEventListener('click', () => {
        focus()
        go(data)
        shown.close()
      })
    },

    close: () => navigator.serviceWorker?.removeEventListener('message', pressed),

    /** @param isOver whether what a notification is about is read or removed */
    async closeRead(isOver: (room: string, message?: string) => boolean): Promise<void> {
      if (!isAllowed()) return
      const all = [...own.values(), ...((await (await worker())?.getNotifications()) ?? [])]
      for (const shown of all) {
        const { room = shown.tag, message } = (shown.data ?? {}) as Partial<Data>
        // A test is about no room.
        if (room === '' || !isOver(room, message)) continue
        shown.close()
        if (own.get(room) === shown) own.delete(room)
      }
    }
  }
}
