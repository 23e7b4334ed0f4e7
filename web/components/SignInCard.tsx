import type { ComponentChildren } from 'preact'
import { Brand } from './Mark.tsx'
import { Preferences } from './Preferences.tsx'

/** The first screen around what it asks. */
export function SignInCard({ small, children }: { small: string; children: ComponentChildren }) {
  return (
    <main class="sign-in stack" tabIndex={-1}>
      <div class="sign-in-card floating stack">
        <Brand />
        {children}
        <p class="small">{small}</p>
      </div>
      <Preferences />
    </main>
  )
}
