// Shows push messages. A worker of its own: only those who want push messages load it.
addEventListener('install', () => skipWaiting())

addEventListener('push', (event) => {
  const { room, message, title, by, text } = event.data.json()
  const body = text === undefined ? by : `${by}: ${text}`
  const shown = { body, tag: room, icon: '/icon-192.png', data: { room, message } }
  event.waitUntil(registration.showNotification(title || by, shown))
})

addEventListener('notificationclick', (event) => {
  const { room, message } = event.notification.data
  event.notification.close()
  event.waitUntil(show(room, message))
})

/** In a page that is open, or else in a new one. */
async function show(room, message) {
  const [page] = await clients.matchAll({ type: 'window', includeUncontrolled: true })
  if (!page) return clients.openWindow(room ? `/#/${room}/${message ?? ''}` : '/')
  await page.focus()
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker's clients are of one origin
  page.postMessage({ room, message })
}
