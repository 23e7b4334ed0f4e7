import { useSignal } from '@preact/signals'
import { useRef } from 'preact/hooks'
import { newId } from '../../../src/contract.ts'
import { REASON_MAX_CODE_POINTS } from '../../../src/contract/moderation.ts'
import { useChat } from '../app-context.ts'
import { useOutcome } from '../settings/answer.tsx'
import { DAY_MS, HOUR_MS, MINUTE_MS, useSpan } from './span.ts'
import { Tick } from './Tick.tsx'
import { useModerationTexts } from './texts.ts'

const LASTS_MS = [10 * MINUTE_MS, HOUR_MS, DAY_MS, 7 * DAY_MS, 30 * DAY_MS]
/** Of a ban: it ends only when somebody ends it. */
const FOR_GOOD = 0

/** Mutes or bans a person, with a reason that they read. */
export function RestrictForm({ person, onDone }: { person: { id: string; name: string }; onDone: () => void }) {
  const t = useModerationTexts()
  const span = useSpan()
  const { ask } = useChat()
  const outcome = useOutcome()
  const isBan = useSignal(false)
  const lastsMs = useSignal(DAY_MS)
  const reason = useSignal('')
  const erase = useSignal(false)
  const address = useSignal(false)
  /** Names what is asked for: trying it again changes nothing twice. */
  const attempt = useRef(newId())

  async function restrict() {
    const terms = { person: person.id, id: attempt.current, reason: reason.value }
    const reply = isBan.value
      ? await ask('person:ban', {
          ...terms,
          ...(lastsMs.value !== FOR_GOOD && { lastsMs: lastsMs.value }),
          erase: erase.value,
          address: address.value
        })
      : await ask('person:mute', { ...terms, lastsMs: lastsMs.value })
    if (!reply.ok) return outcome.refused(reply.reason)
    attempt.current = newId()
    outcome.say(t(isBan.value ? 'restrict.banned' : 'restrict.muted', { name: person.name }))
    onDone()
  }

  return (
    <form
      class="fields"
      onSubmit={(event) => {
        event.preventDefault()
        void restrict()
      }}
    >
      <label class="choice">
        <span>{t('restrict.what')}</span>
        <select
          onChange={(event) => {
            isBan.value = event.currentTarget.value === 'ban'
            if (!isBan.value && lastsMs.value === FOR_GOOD) lastsMs.value = DAY_MS
          }}
        >
          <option value="mute">{t('restrict.mute')}</option>
          <option value="ban">{t('restrict.ban')}</option>
        </select>
      </label>
      <label class="choice">
        <span>{t('restrict.lasts')}</span>
        <select value={lastsMs.value} onChange={(event) => (lastsMs.value = Number(event.currentTarget.value))}>
          {LASTS_MS.map((ms) => (
            <option key={ms} value={ms}>
              {span(ms)}
            </option>
          ))}
          {isBan.value && <option value={FOR_GOOD}>{t('restrict.forGood')}</option>}
        </select>
      </label>
      <label>
        {t('restrict.reason', { name: person.name })}
        <input
          class="field"
          dir="auto"
          maxLength={REASON_MAX_CODE_POINTS}
          value={reason.value}
          onInput={(event) => (reason.value = event.currentTarget.value)}
        />
      </label>
      {isBan.value && (
        <>
          <Tick label={t('restrict.erase')} value={erase} />
          <Tick label={t('restrict.address')} value={address} />
        </>
      )}
      <button type="submit" class="button danger">
        {t(isBan.value ? 'restrict.ban' : 'restrict.mute')}
      </button>
      {outcome.line}
    </form>
  )
}
