// The verbs about what a person wants to be notified of, and the devices that are notified.
import type { Alerts, Level } from '../contract.ts'
import { deviceField, deviceText, devicesIn, type Device } from '../alerts/devices.ts'
import type { Push } from '../alerts/push.ts'
import { FIELDS_MAX, levelField, type AlertsStore, type Field } from '../alerts/store.ts'
import type { Clock } from '../clock.ts'
import { ChatError } from '../errors.ts'
import { authorize } from './room-access.ts'
import type { Caller } from './announcement.ts'
import { costs } from './costs.ts'
import type { Hub } from './hub.ts'
import { personOf } from './permissions.ts'

/** Devices of one person; beyond this the oldest is dropped. */
const DEVICES_MAX = 10

export interface AlertsChange {
  level?: { room: string; level: Level | null } | undefined
  quietUntil?: number | undefined
  hideText?: boolean | undefined
  addDevice?: Omit<Device, 'at'> | undefined
  dropDevice?: string | undefined
}

export function createAlertVerbs(options: {
  store: AlertsStore
  push: Pick<Push, 'test'>
  hub: Hub
  clock: Clock
  /** The public key of this chat. */
  key(): Promise<string>
}) {
  const { store, push, hub, clock, key } = options
  const { spend } = hub.budget

  const fieldsOf = async (person: string) => (await store.fields([person]))[0] ?? new Map<string, string>()

  async function alertsOf(person: string): Promise<Alerts> {
    const fields = await fieldsOf(person)
    const levels = [...fields].flatMap(([name, level]) =>
      name.startsWith(levelField('')) ? [{ room: name.slice(levelField('').length), level: level as Level }] : []
    )
    const devices = devicesIn(fields).map(({ endpoint, name, at }) => ({ endpoint, name, at }))
    const [quietUntil, hideText] = [Number(fields.get('quiet') ?? 0), fields.has('hide')]
    return { levels, quietUntil, hideText, devices, key: await key() }
  }

  return {
    /** @throws ChatError too-fast, sign-in; StoreUnavailable */
    async alerts(caller: Caller): Promise<Alerts> {
      spend(caller, costs.event)
      return alertsOf(personOf(caller).id)
    },

    /** Changes some of it, and returns all. @throws ChatError too-fast, sign-in, no-room, bad-request; StoreUnavailable */
    async setAlerts(caller: Caller, change: AlertsChange): Promise<Alerts> {
      spend(caller, costs.event)
      const me = personOf(caller)
      const { level, quietUntil, hideText, addDevice, dropDevice } = change
      // Of a room that the person has left, the level can still be taken back.
      if (level?.level) await authorize(hub, caller, level.room)
      const before = await fieldsOf(me.id)
      const fields: Field[] = []
      if (level) fields.push([levelField(level.room), level.level])
      if (quietUntil !== undefined) fields.push(['quiet', quietUntil > clock.now() ? `${quietUntil}` : null])
      if (hideText !== undefined) fields.push(['hide', hideText ? '1' : null])
      if (dropDevice !== undefined) fields.push([deviceField(dropDevice), null])
      if (addDevice) {
        const oldest = devicesIn(before).slice(0, -(DEVICES_MAX - 1))
        for (const { endpoint } of oldest) fields.push([deviceField(endpoint), null])
        fields.push([deviceField(addDevice.endpoint), deviceText({ ...addDevice, at: clock.now() })])
      }
      if (before.size >= FIELDS_MAX && fields.some(([name, value]) => value !== null && !before.has(name)))
        throw new ChatError('bad-request')
      if (fields.length > 0) {
        await store.set(me.id, fields)
        hub.alertsChanged(me, caller.connection)
      }
      return alertsOf(me.id)
    },

    /** Sends a push message to one of the person's devices now. Resolves to whether the push service took it. @throws as `alerts` */
    async testAlert(caller: Caller, endpoint: string): Promise<{ sent: boolean }> {
      spend(caller, costs.createRoom)
      const person = personOf(caller).id
      const device = devicesIn(await fieldsOf(person)).find((one) => one.endpoint === endpoint)
      if (!device) throw new ChatError('bad-request')
      const status = await push.test(person, device, { room: '', message: '', title: 'Taifas', by: caller.name })
      return { sent: status >= 200 && status < 300 }
    },

    /** A person who has left for good. @throws StoreUnavailable */
    forgetAlerts: store.remove
  }
}
