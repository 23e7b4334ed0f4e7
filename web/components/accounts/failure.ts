import { reasons } from '../../../src/contract.ts'
import type { texts } from '../../locales/en/accounts.ts'
import type { Failure } from '../../state/ceremonies.ts'
import { sentence, useApp, useTexts } from '../app-context.ts'

/** Says what went wrong, as a sentence. */
export function useFailureText(): (failure: Failure) => string {
  const app = useApp()
  const t = useTexts<typeof texts>()
  return (failure) => {
    const reason = reasons.find((known) => known === failure)
    return reason ? sentence(app, reason) : t(`failure.${failure}` as keyof typeof texts)
  }
}
