// Links that bring somebody into the chat: of an invitation, and of the first owner.
import { expect, test } from 'vitest'
import type { Invitation } from '../../src/contract.ts'
import { request, signIn } from '../../infra/testing/clients.ts'
import { composer } from '../../infra/testing/browser.ts'
import { findings } from './axe.fixture.ts'
import { useFixture } from './page.fixture.ts'

const chat = useFixture()

async function openChat() {
  const { server, url } = chat
  const owner = await signIn(url, 'Olga', { owner: await server.ownerLink.offer() })
  async function post<T>(path: string, body: object): Promise<T> {
    const answer = await request('POST', url + path, { token: owner.token, body })
    return (await answer.json()) as T
  }
  const room = await post<{ id: string }>('/api/rooms', { title: 'Kuchnia' })
  const invite = async (uses: number) => {
    const { code } = await post<Invitation>('/api/invitations', { uses, lastsMs: 3_600_000, room: room.id })
    return `${url}/#invitation=${code}`
  }
  return { invite, room }
}

test('an invitation says who invites and where, in the reader’s language, and leads into that room, as a member', async () => {
  const { invite } = await openChat()
  const link = await invite(2)
  const phone = { locale: 'pl-PL', viewport: { width: 390, height: 844 } }
  const page = await chat.tab(phone, link)
  await page.getByRole('heading', { name: 'Masz zaproszenie' }).waitFor()
  await page.getByText('Olga zaprasza cię do pokoju „Kuchnia” w tym czacie.').waitFor()
  expect(await findings(page)).toEqual([])
  // Somebody with a passkey finds back to the invitation.
  await page.getByRole('button', { name: 'Jestem tu nie pierwszy raz' }).click()
  await page.getByRole('button', { name: 'Wróć' }).click()
  await page.getByLabel('Twoje imię').fill('Ana')
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'Kuchnia' }).waitFor()
  expect(new URL(page.url()).hash).toBe('#/kuchnia')
  const roles = () => [...chat.server.standings.all().values()].map(({ role }) => role)
  expect(roles()).toEqual(['owner', 'member'])

  // Somebody who is in the chat already opens it in the same tab, and stays the same person.
  const bea = await chat.person('Bea')
  await bea.evaluate((hash) => void (location.hash = hash), new URL(link).hash)
  await bea.getByRole('heading', { name: 'You are invited' }).waitFor()
  await bea.getByRole('button', { name: 'Continue as Bea' }).click()
  await bea.getByRole('heading', { name: 'Kuchnia' }).waitFor()
  expect(roles()).toEqual(['owner', 'member', 'member'])

  const late = await chat.tab({ locale: 'ro-RO', colorScheme: 'dark' }, link)
  await late.getByRole('heading', { name: 'Linkul nu mai este valabil' }).waitFor()
  expect(await findings(late)).toEqual([])
  await late.getByRole('button', { name: 'Continuă fără link' }).click()
  await late.getByRole('button', { name: 'Intră' }).waitFor()
  expect(new URL(late.url()).hash).toBe('')
})

test('the owner link makes its first reader the owner, and says so to the second one', async () => {
  const link = `${chat.url}/#owner=${await chat.server.ownerLink.offer()}`
  const [first, second] = await Promise.all([chat.tab({}, link), chat.tab({}, link)])
  for (const [page, name] of [
    [first, 'Ana'],
    [second, 'Bea']
  ] as const) {
    await page.getByRole('heading', { name: 'This chat needs an owner' }).waitFor()
    await page.getByLabel('Your name').fill(name)
    await page.keyboard.press('Enter')
    if (page === first) await composer(page).waitFor()
  }
  await second.getByRole('heading', { name: 'This link no longer works' }).waitFor()
  expect([...chat.server.standings.all().values()]).toEqual([{ role: 'owner' }])
})
