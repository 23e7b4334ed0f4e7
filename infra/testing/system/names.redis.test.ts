// Names on three instances that share one Redis.
import { expect, it } from 'vitest'
import { untilReady } from '../chat-server.ts'
import { closeClients, connectNative, signIn } from '../clients.ts'
import { openCluster } from '../cluster.fixture.ts'

const NAMES = 100

it('a name that is claimed on three instances at once has one owner, who may be away, and is free after a rename', async ({
  onTestFinished
}) => {
  const { start } = await openCluster({}, onTestFinished)
  onTestFinished(closeClients)
  const servers = await Promise.all(['ams', 'iad', 'syd'].map((instance) => start(instance)))
  await untilReady(...servers)
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

  const [here, there] = urls
  const ana = await connectNative(here, 'Ana')
  ana.close()
  expect(await refusalsOf('аna')).toHaveLength(3)
  const renamed = await fetch(`${there}/api/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${ana.session.token}` },
    body: JSON.stringify({ name: 'Bea' })
  })
  expect(renamed.status).toBe(201)
  expect([await refusalsOf('Bea'), await refusalsOf('Ana')].map(({ length }) => length)).toEqual([3, 2])
})
