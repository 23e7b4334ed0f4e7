import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import type { Alerts } from '../../../src/contract.ts'
import type { texts } from '../../locales/en/settings.ts'
import { canPush, pushEndpoint, subscribe, unsubscribe } from '../../state/push-device.ts'
import { roomTitle, useApp, useChat, useTexts } from '../app-context.ts'
import { Button } from '../Button.tsx'
import { Select, Switch } from '../forms/fields.tsx'
import { Answered } from './answer.tsx'
import { fromNow } from './from-now.ts'
import { LevelChoice } from './LevelChoice.tsx'
import { PageAlerts } from './PageAlerts.tsx'
import { useAlerts, type AlertsInUse } from './use-alerts.ts'

const HOUR_MS = 3_600_000
const QUIET_HOURS = [1, 8, 24]
/** Of the choices, the one that is in effect. */
const QUIET_NOW = -1

/** Push messages on this and other devices, quiet hours, and the level of each room. */
export function Notifications() {
  const t = useTexts<typeof texts>()
  const { asked, outcome, set } = useAlerts()
  return (
    <>
      <p class="lead">{t('alerts.lead')}</p>
      {outcome.line}
      <Answered asked={asked}>
        {(alerts) => (
          <>
            <Devices alerts={alerts} set={set} outcome={outcome} />
            <PageAlerts onRefused={() => outcome.say(t('alerts.refused'))} />
            <Switch label={t('alerts.hideText')} isOn={alerts.hideText} onChosen={(hideText) => set({ hideText })} />
            <Quiet alerts={alerts} set={set} />
            <Levels alerts={alerts} set={set} />
          </>
        )}
      </Answered>
    </>
  )
}

interface PartProps extends Pick<AlertsInUse, 'set'> {
  alerts: Alerts
}

function Devices({ alerts, set, outcome }: PartProps & Pick<AlertsInUse, 'outcome'>) {
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
        !isOn && <Button text={t('alerts.start')} onPress={start} />
      )}
      <ul class="entries">
        {alerts.devices.map(({ endpoint, name, at }) => (
          <li key={endpoint}>
            <span>
              <strong>{shortName(name)}</strong>{' '}
              {endpoint === here.value && <span class="tag">{t('devices.current')}</span>}
              <small>{t('alerts.since', { when: fromNow(i18n.tools.value.near, at) })}</small>
            </span>
            <Button class="quiet" text={t('alerts.test')} onPress={() => test(endpoint)} />
            <Button text={t('alerts.stop')} onPress={() => stop(endpoint)} />
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
  const until = i18n.tools.value.moment.format(quietUntil)
  return (
    <Select
      label={isQuiet ? t('alerts.quietUntil', { time: until }) : t('alerts.quiet')}
      value={isQuiet ? QUIET_NOW : 0}
      options={[
        ...(isQuiet ? [[QUIET_NOW, t('alerts.quietNow')] as const] : []),
        [0, t('alerts.quietOff')],
        ...QUIET_HOURS.map((n) => [n, t('alerts.hours', { n })] as const)
      ]}
      onChosen={(hours) => set({ quietUntil: hours * HOUR_MS + Date.now() })}
    />
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
      <h4 class="small">{t('rooms.title')}</h4>
      {shown.map((room) => (
        <LevelChoice
          key={room.id}
          room={room}
          alerts={alerts}
          onChosen={(level) => set({ level: { room: room.id, level } })}
        />
      ))}
    </>
  )
}
