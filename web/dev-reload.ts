// Only in developers' builds: reloads the page when the server hands out another script or style than this page was made with.
const EVERY_MS = 1_000

const namesIn = (page: string) => (page.match(/\/assets\/(?:main|style)-[^"]+/g) ?? []).join(' ')
const own = namesIn(document.documentElement.outerHTML)

async function look(): Promise<void> {
  try {
    const answer = await fetch('/', { cache: 'no-store' })
    const names = answer.ok ? namesIn(await answer.text()) : own
    if (names !== '' && names !== own) return location.reload()
  } catch {
    // The server is being started again.
  }
  setTimeout(() => void look(), EVERY_MS)
}
/** Going on for as long as the page is there. */
export const reloading = look()
