import { useSignal } from '@preact/signals'
import { useChat } from '../app-context.ts'
import { Paged } from '../settings/Paged.tsx'
import { ReportEntry } from './ReportEntry.tsx'
import { useModerationTexts } from './texts.ts'

/** What people have reported and nobody has resolved yet, the newest first. */
export function Reports({ onClose }: { onClose: () => void }) {
  const t = useModerationTexts()
  const { ask } = useChat()
  const resolved = useSignal<ReadonlySet<string>>(new Set())
  return (
    <Paged
      empty={t('reports.none')}
      load={async (before: number | undefined) => {
        const reply = await ask('report:list', { ...(before !== undefined && { before }) })
        return reply.ok ? { ok: true, value: { items: reply.value.reports, next: reply.value.next } } : reply
      }}
    >
      {(report) =>
        !resolved.value.has(report.id) && (
          <ReportEntry
            key={report.id}
            report={report}
            onResolved={() => (resolved.value = new Set([...resolved.value, report.id]))}
            onClose={onClose}
          />
        )
      }
    </Paged>
  )
}
