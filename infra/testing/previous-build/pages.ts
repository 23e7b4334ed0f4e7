// What tests of the previous build share: pages on either build, and what they ask.
import { afterEach } from 'vitest'
import { LOBBY, newId } from '../../../src/contract.ts'
import { closeClients } from '../clients.ts'
import { openScreen, type Screen, type ScreenOptions } from '../screen.ts'

export const THIS_BUILD = ['src/main.ts']

const screens: Screen[] = []

/** Opens a native client; it is closed after the test, like every other client. */
export async function native(options: ScreenOptions): Promise<Screen> {
  const screen = await openScreen(options)
  screens.push(screen)
  return screen
}

/** To be called at the top of a test file. */
export function closeAfterEach(): void {
  afterEach(() => {
    for (const screen of screens.splice(0)) screen.close()
    closeClients()
  })
}

export async function sessionStatus(url: string, token: string, method = 'GET'): Promise<number> {
  const answer = await fetch(`${url}/api/session`, { method, headers: { authorization: `Bearer ${token}` } })
  return answer.status
}

export async function change(
  screen: Screen,
  event: 'message:edit' | 'message:react' | 'message:remove',
  payload: object
) {
  await screen.verb(event, { room: LOBBY, id: newId(), ...payload })
}
