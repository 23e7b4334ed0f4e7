// Names on three instances that share one Redis.
import { expect, it } from 'vitest'
import { closeClients, connectNative, signIn, request } from '../clients.ts'
import { openCluster } from '../cluster.fixture.ts'

/** Names that all three claim; claims of one name; places of one invitation, and how many want them. */
const NAMES = 50
const CLAIMS = 1_000
const PLACES = 100
const INVITED = 130

it('on three instances at once a name has one owner, who may be away, and an invitation as many members as places', async ({
  onTestFinished
}) => {
  const cluster = await openCluster({}, onTestFinished)
  onTestFinished(closeClients)
  const servers = await cluster.startAll(['ams', 'iad', 'syd'])
  const urls = servers.map(({ url }) => url) as [string, string, string]
  /** What each instance says to the same sign-in at the same moment. */
  const everywhere = (name: string) =>
    Promise.all(urls.map((url) => signIn(url, name).catch((cause: Error) => cause.message)))
  const refusalsOf = async (name: string) => (await everywhere(name)).filter((one) => typeof one === 'string')

  for (let n = 0; n < NAMES; n += 1) {
    const refusals = await refusalsOf(`Name ${n}`)
    expect(refusals).toHaveLength(2)
    for (const refusal of refusals) expect(refusal).toMatch(/409 .*"name-taken".*"suggestion":"Name \d+"/)
  }

  const atOnce = async (times: number, nameOf: (n: number) => string, extra: object = {}) =>
    (await Promise.allSettled(Array.from({ length: times }, (_, n) => signIn(urls[n % 3]!, nameOf(n), extra)))).filter(
      ({ status }) => status === 'fulfilled'
    )
  expect(await atOnce(CLAIMS, () => 'The only one')).toHaveLength(1)
  const [here, there] = urls
  const owner = await connectNative(here, 'Olga')
  await servers[0].standings.raise(owner.person.id, 'owner')
  const made = await owner.ask<{ code: string }>('invitation:create', { uses: PLACES, lastsMs: 3_600_000 })
  const invitation = made.ok ? made.value.code : ''
  expect(await atOnce(INVITED, (n) => `Invited ${n}`, { invitation })).toHaveLength(PLACES)
  const isMember = ({ role }: { role: string }) => role === 'member'
  await expect.poll(() => [...servers[2].standings.all().values()].filter(isMember)).toHaveLength(PLACES)

  const ana = await connectNative(here, 'Ana')
  ana.close()
  expect(await refusalsOf('аna')).toHaveLength(3)
  const renamed = await request('POST', `${there}/api/session`, { token: ana.session.token, body: { name: 'Bea' } })
  expect(renamed.status).toBe(201)
  expect([await refusalsOf('Bea'), await refusalsOf('Ana')].map(({ length }) => length)).toEqual([3, 2])
})
