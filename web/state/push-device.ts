// This browser as a device that receives push messages.
import { registerWorker } from './worker-script.ts'

const WORKER = '/push.js'
/** No page is there, so the worker is nobody's but for push messages. */
const SCOPE = '/push/'

export const canPush = () => 'PushManager' in globalThis && 'Notification' in globalThis && !!navigator.serviceWorker

const registered = () => navigator.serviceWorker.getRegistration(SCOPE)
const subscribed = async () => (await registered())?.pushManager.getSubscription() ?? null

/** The address by which this browser is known to its push service; null while it gets no push messages. */
export const pushEndpoint = async (): Promise<string | null> =>
  canPush() ? ((await subscribed())?.endpoint ?? null) : null

/**
 * Asks the person for permission, and the browser for a subscription.
 * @param key the public key of the chat
 * @returns null when the person or the browser refuses
 */
export async function subscribe(key: string): Promise<{ endpoint: string; p256dh: string; auth: string } | null> {
  if ((await Notification.requestPermission()) !== 'granted') return null
  await registerWorker('push', WORKER, { scope: SCOPE })
  const registration = await active()
  const subscription = await registration.pushManager
    .subscribe({ userVisibleOnly: true, applicationServerKey: key })
    .catch(() => null)
  const { keys } = subscription?.toJSON() ?? {}
  if (!subscription || !keys?.['p256dh'] || !keys['auth']) return null
  return { endpoint: subscription.endpoint, p256dh: keys['p256dh'], auth: keys['auth'] }
}

export async function unsubscribe(): Promise<void> {
  await (await subscribed())?.unsubscribe()
}

/** A push manager needs an active worker; `ready` is that of the page's own scope. */
async function active(): Promise<ServiceWorkerRegistration> {
  const registration = (await registered())!
  const worker = registration.installing ?? registration.waiting
  if (registration.active || !worker) return registration
  await new Promise<void>((done) =>
    worker.addEventListener('statechange', () => worker.state === 'activated' && done())
  )
  return registration
}
