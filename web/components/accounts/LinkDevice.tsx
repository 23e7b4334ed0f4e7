import { useSignal } from '@preact/signals'
import { useCallback, useEffect } from 'preact/hooks'
import { encode } from 'uqr'
import type { Device } from '../../../src/contract.ts'
import type { texts } from '../../locales/en/accounts.ts'
import { deviceLink, withToken, type Failure } from '../../state/ceremonies.ts'
import { useApp, useChat, useTexts } from '../app-context.ts'
import { Button } from '../Button.tsx'
import { Dialog } from '../Dialog.tsx'
import '../../style/accounts.css'
import { Refused } from '../Refused.tsx'
import { useFailureText } from './failure.ts'

const LOOK_EVERY_MS = 2_000
const SECOND_MS = 1_000

/** A link for another device, as a QR code too, and what has joined with it. */
export function LinkDevice({ onClose }: { onClose: () => void }) {
  const { session } = useApp()
  const { ask } = useChat()
  const t = useTexts<typeof texts>()
  const textOf = useFailureText()
  const link = useSignal<{ url: string; until: number } | null>(null)
  const left = useSignal(-1)
  const failure = useSignal<Failure | null>(null)
  const joined = useSignal<Device | null>(null)

  const devices = useCallback(async () => {
    const reply = await ask('device:list', {})
    return reply.ok ? reply.value.devices : []
  }, [ask])

  const make = useCallback(async () => {
    failure.value = null
    const reply = await withToken(await session.token(), deviceLink.create)
    if (!reply.ok) {
      failure.value = reply.reason
      return
    }
    link.value = {
      url: `${location.origin}${location.pathname}#device=${reply.value.token}`,
      until: Date.now() + reply.value.lastsMs
    }
    left.value = reply.value.lastsMs / SECOND_MS
  }, [session, failure, link, left])

  useEffect(() => {
    let known: Set<string> | null = null
    async function look() {
      const all = await devices()
      const news = known && all.find(({ id }) => !known!.has(id))
      known = new Set(all.map(({ id }) => id))
      if (!news) return
      joined.value = news
      link.value = null
    }
    void look().then(make)
    const looking = setInterval(() => void look(), LOOK_EVERY_MS)
    const counting = setInterval(() => {
      const until = link.peek()?.until
      if (until === undefined) return
      left.value = Math.max(0, Math.ceil((until - Date.now()) / SECOND_MS))
      if (left.value === 0) link.value = null
    }, SECOND_MS)
    return () => {
      clearInterval(looking)
      clearInterval(counting)
    }
  }, [devices, make, joined, link, left])

  async function end(device: Device) {
    const reply = await ask('device:end', { device: device.id })
    if (reply.ok) onClose()
    else failure.value = reply.reason
  }

  const shown = link.value
  const device = joined.value
  return (
    <Dialog title={t('deviceLink.open')} onClose={onClose}>
      <Refused text={failure.value && textOf(failure.value)} />
      {shown && (
        <div class="link-device">
          <p class="lead">{t('deviceLink.lead')}</p>
          <Code text={shown.url} label={t('deviceLink.code')} />
          <input class="field link" readOnly aria-label={t('deviceLink.link')} value={shown.url} />
          <Button text={t('deviceLink.copy')} onPress={() => navigator.clipboard?.writeText(shown.url)} />
          <p class="small">{t('deviceLink.left', { n: left.value })}</p>
        </div>
      )}
      <output class="outcome">
        {device
          ? t('deviceLink.joined', { device: device.device || t('deviceLink.open'), region: device.region })
          : !shown && left.value === 0 && !failure.value
            ? t('deviceLink.over')
            : ''}
      </output>
      {device && (
        <div class="dialog-actions">
          <Button class="danger" text={t('deviceLink.end')} onPress={() => end(device)} />
          <Button text={t('common.close')} onPress={onClose} />
        </div>
      )}
      {!shown && !device && <Button class="primary" text={t('deviceLink.again')} onPress={make} />}
    </Dialog>
  )
}

/** A QR code: dark on white in every theme, as cameras expect it. */
function Code({ text, label }: { text: string; label: string }) {
  const { data, size } = encode(text, { border: 3 })
  const path = data.flatMap((row, y) => row.flatMap((isDark, x) => (isDark ? [`M${x} ${y}h1v1h-1z`] : []))).join('')
  return (
    <figure class="qr-code" aria-label={label}>
      <svg viewBox={`0 0 ${size} ${size}`} aria-hidden="true" shape-rendering="crispEdges">
        <rect width={size} height={size} fill="#fff" />
        <path d={path} fill="#000" />
      </svg>
    </figure>
  )
}
