import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import type { Alerts, Level } from '../../../src/contract.ts'
import type { texts } from '../../locales/en/settings.ts'
import { learn } from '../../state/attention-choices.ts'
import { canPush, pushEndpoint, subscribe, unsubscribe } from '../../state/push-device.ts'
import { roomTitle, useApp, useChat, useTexts } from '../app-context.ts'
import { Answered, useAnswer, useOutcome } from './answer.tsx'
import { fromNow } from './from-now.ts'
import { LevelChoice } from './LevelChoice.tsx'
import { PageAlerts } from './PageAlerts.tsx'

const HOUR_MS = 3_600_000
const QUIET_HOURS = [1, 8, 24]

type Change = Parameters<ReturnType<typeof useSet>>[0]

/** Changes what is stored, and shows it. */
function useSet(changed: (alerts: Alerts) => void, outcome: ReturnType<typeof useOutcome>) {
  const chat = useChat()
  return async (change: {
    level?: { room: string; level: Level | null }
    quietUntil?: number
    hideText?: boolean
    addDevice?: { endpoint: string; p256dh: string; auth: string; name: string }
    dropDevice?: string
  }): Promise<boolean> => {
    const reply = await chat.ask('alerts:set', change)
    if (reply.ok) {
      learn(chat, reply.value)
      changed(reply.value)
    } else outcome.refused(reply.reason)
    return reply.ok
  }
}

/** Push messages on this and other devices, quiet hours, and the level of each room. */
export function Notifications() {
  const t = useTexts<typeof texts>()
  const asked = useAnswer('alerts:get', {})
  const outcome = useOutcome()
  const latest = useSignal<Alerts | null>(null)
  const set = useSet((alerts) => (latest.value = alerts), outcome)
  return (
    <>
      <p class="lead">{t('alerts.lead')}</p>
      {outcome.line}
      <Answered asked={asked}>
        {(answered) => {
          const alerts = latest.value ?? answered
          return (
            <>
              <Devices alerts={alerts} set={set} outcome={outcome} />
              <PageAlerts onRefused={() => outcome.say(t('alerts.refused'))} />
              <label class="choice">
                <span>{t('alerts.hideText')}</span>
                <input
                  type="checkbox"
                  checked={alerts.hideText}
                  onChange={(event) => void set({ hideText: event.currentTarget.checked })}
                />
              </label>
              <Quiet alerts={alerts} set={set} />
              <Levels alerts={alerts} set={set} />
            </>
          )
        }}
      </Answered>
    </>
  )
}

interface PartProps {
  alerts: Alerts
  set(change: Change): Promise<boolean>
}

function Devices({ alerts, set, outcome }: PartProps & { outcome: ReturnType<typeof useOutcome> }) {
  const { i18n } = useApp()
  const { ask } = useChat()
  const t = useTexts<typeof texts>()
  const here = useSignal<string | null>(null)
  useEffect(() => {
    void pushEndpoint().then((endpoint) => (here.value = endpoint))
  }, [here])
  const isOn = alerts.devices.some(({ endpoint }) => endpoint === here.value)

  async function start() {
    const device = await subscribe(alerts.key)
    if (!device) return outcome.say(t('alerts.refused'))
    here.value = device.endpoint
    await set({ addDevice: { ...device, name: navigator.userAgent.slice(0, 100) } })
  }

  async function stop(endpoint: string) {
    if (endpoint === here.value) await unsubscribe()
    await set({ dropDevice: endpoint })
  }

  async function test(endpoint: string) {
    const reply = await ask('alerts:test', { endpoint })
    if (!reply.ok) return outcome.refused(reply.reason)
    outcome.say(t(reply.value.sent ? 'alerts.tested' : 'alerts.notTested'))
  }

  return (
    <>
      {!canPush() ? (
        <p class="small">{t('alerts.impossible')}</p>
      ) : (
        !isOn && (
          <button type="button" class="button" onClick={() => void start()}>
            {t('alerts.start')}
          </button>
        )
      )}
      <ul class="entries">
        {alerts.devices.map(({ endpoint, name, at }) => (
          <li key={endpoint}>
            <span>
              <strong>{shortName(name)}</strong>{' '}
              {endpoint === here.value && <span class="tag">{t('devices.current')}</span>}
              <small>{t('alerts.since', { when: fromNow(i18n.tools.value.near, at) })}</small>
            </span>
            <button type="button" class="button quiet" onClick={() => void test(endpoint)}>
              {t('alerts.test')}
            </button>
            <button type="button" class="button" onClick={() => void stop(endpoint)}>
              {t('alerts.stop')}
            </button>
          </li>
        ))}
      </ul>
    </>
  )
}

/** The browser and the system in a user agent. */
const shortName = (agent: string) =>
  [/(Firefox|Edg|OPR|Chrome|Safari)/, /(Android|iPhone|iPad|Windows|Mac OS X|Linux)/]
    .flatMap((part) => part.exec(agent)?.[1]?.replace('Edg', 'Edge').replace('OPR', 'Opera') ?? [])
    .join(' · ') || agent

function Quiet({ alerts: { quietUntil }, set }: PartProps) {
  const { i18n } = useApp()
  const t = useTexts<typeof texts>()
  const isQuiet = quietUntil > Date.now()
  return (
    <label class="choice">
      <span>
        {isQuiet ? t('alerts.quietUntil', { time: i18n.tools.value.moment.format(quietUntil) }) : t('alerts.quiet')}
      </span>
      <select
        value={isQuiet ? 'now' : '0'}
        onChange={(event) => void set({ quietUntil: Number(event.currentTarget.value) * HOUR_MS + Date.now() })}
      >
        {isQuiet && <option value="now">{t('alerts.quietNow')}</option>}
        <option value="0">{t('alerts.quietOff')}</option>
        {QUIET_HOURS.map((n) => (
          <option key={n} value={n}>
            {t('alerts.hours', { n })}
          </option>
        ))}
      </select>
    </label>
  )
}

/** Of rooms that the person has opened: there may be thousands of others. */
function Levels({ alerts, set }: PartProps) {
  const app = useApp()
  const { rooms } = useChat()
  const t = useTexts<typeof texts>()
  const chosen = new Set(alerts.levels.map(({ room }) => room))
  const { collator } = app.i18n.tools.value
  const shown = rooms.list.value
    .filter(({ id }) => chosen.has(id) || rooms.reading.of(id))
    .toSorted((a, b) => collator.compare(roomTitle(app, a), roomTitle(app, b)))
  return (
    <>
      <h4>{t('alerts.rooms')}</h4>
      {shown.map((room) => (
        <LevelChoice
          key={room.id}
          room={room}
          alerts={alerts}
          onChosen={(level) => void set({ level: { room: room.id, level } })}
        />
      ))}
    </>
  )
}
