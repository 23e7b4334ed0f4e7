// The page of `npm run world`: shows the state of the regions every second, and runs the operations behind their buttons.
const LOOK_EVERY_MS = 1_000
const LOG_LINES = 7
const up = ({ machine }) => machine === 'runs'
const hasProcess = ({ machine }) => machine === 'runs' || machine === 'stalled'
/** By target: the label of the button, its meaning, and when it is enabled. */
const OPERATIONS = {
  Machine: {
    start: ['Start', 'starts the machine', ({ machine }) => machine === 'gone' || machine === 'sleeps'],
    stop: ['Stop', 'stops the machine in order; the next request starts it', up],
    drain: [
      'Drain',
      'first half of a deploy: clients are asked to move, then the process exits; Start is the second half',
      up
    ],
    kill: ['Kill', 'loses the machine without a warning; it stays lost until you press Start', hasProcess]
  },
  Process: {
    crash: ['Crash', 'kills the process; the platform starts it again', hasProcess],
    stall: ['Stall', 'SIGSTOP: the process exists, but does nothing', up],
    wake: ['Resume', 'SIGCONT: the process continues', ({ machine }) => machine === 'stalled']
  },
  Network: {
    cut: ['Cut', 'disconnects it from its clients and from Redis', ({ network }) => network === 'open'],
    mend: ['Mend', 'connects it again', ({ network }) => network === 'cut']
  },
  Proxy: {
    restart: ['Restart', 'closes all connections of this region, as each release of Fly’s proxy does', () => true]
  }
}
const STATES = {
  runs: 'running',
  stalled: 'stalled',
  stops: 'stopping',
  sleeps: 'stopped',
  wakes: 'starting on request',
  gone: 'lost',
  starts: 'starting'
}
const byId = (id) => document.getElementById(id)
const make = (tag, text = '', more = {}) => Object.assign(document.createElement(tag), { textContent: text }, more)
const states = new Map()
const cityOf = (region) => states.get(region)?.city ?? region

const status = ({ machine, network }) => STATES[machine] + (network === 'cut' ? ', disconnected' : '')
function service({ region, served, machine }) {
  if (machine === 'sleeps') return 'The next request starts it'
  if (!served) return 'No region serves new clients'
  return `New clients are served ${served.by === region ? 'here' : `in ${cityOf(served.by)}`}, in ${served.ms} ms`
}

function show(state) {
  const card = byId(state.region) ?? byId('regions').appendChild(makeCard(state))
  Object.assign(card.dataset, { machine: state.machine, network: state.network })
  card.querySelector('.state').textContent = status(state)
  card.querySelector('.served').textContent = service(state)
  card.querySelector('.process').textContent = state.pid ? `process ${state.pid}` : 'no process'
  const people = Object.entries(state.people ?? {}).filter(([, count]) => count > 0)
  const chips = people.map(([region, count]) => make('li', `${cityOf(region)} ${count}`))
  card
    .querySelector('.people')
    .replaceChildren(
      ...(chips.length > 0 ? chips : [make('li', state.people ? 'nobody yet' : 'unknown', { className: 'soft' })])
    )
  for (const button of card.querySelectorAll('button')) button.setAttribute('aria-disabled', !button.may(state))
}

function makeCard({ region, city, url }) {
  const card = make('li', '', { id: region, className: 'card' })
  const title = make('h2', `${city} `)
  title.append(make('span', region, { className: 'soft' }))
  const head = make('div', '', { className: 'row' })
  head.append(title, make('span', '', { className: 'state' }))
  const foot = make('div', '', { className: 'row' })
  foot.append(
    make('a', 'Open the chat', {
      href: url,
      target: '_blank',
      className: 'open',
      ariaLabel: `Open the chat in ${city}`
    }),
    make('span', '', { className: 'process soft' })
  )
  const people = make('ul', '', { className: 'people', ariaLabel: `People in the chat, as seen from ${city}` })
  const operations = make('div', '', { className: 'operations' })
  for (const [what, ones] of Object.entries(OPERATIONS)) {
    const group = make('div', '', { role: 'group', ariaLabel: `${what} in ${city}` })
    group.append(
      ...Object.entries(ones).map(([operation, [label, meaning, may]]) =>
        makeButton(region, operation, label, meaning, may)
      )
    )
    operations.append(make('span', what, { className: 'soft' }), group)
  }
  card.append(head, make('p', '', { className: 'served' }), people, foot, operations)
  return card
}

function makeButton(region, operation, label, meaning, may) {
  return make('button', label, {
    type: 'button',
    title: meaning,
    may,
    async onclick({ currentTarget }) {
      if (currentTarget.ariaDisabled === 'true') return
      note(`${cityOf(region)}: ${label}`)
      await fetch(`/regions/${region}/${operation}`, { method: 'POST' }).catch(() => {})
      await look()
    }
  })
}

function note(text) {
  const line = make('li')
  line.append(make('time', new Date().toLocaleTimeString('en-GB')), text)
  byId('log').append(line)
  while (byId('log').childElementCount > LOG_LINES) byId('log').firstElementChild.remove()
}

function noteChanges(before, now) {
  if (status(before) !== status(now)) note(`${now.city}: ${status(now)}`)
  if (before.served?.by !== now.served?.by && now.machine !== 'sleeps')
    note(`${now.city}: new clients are served ${now.served ? `in ${cityOf(now.served.by)}` : 'nowhere'}`)
}

function showDistances(regions) {
  const places = Object.keys(regions[0].roundTrips)
  const head = make('tr')
  head.append(make('td'), ...places.map((place) => make('th', place, { scope: 'col' })))
  document.querySelector('thead').replaceChildren(head)
  document.querySelector('tbody').replaceChildren(
    ...regions.map(({ city, roundTrips }) => {
      const row = make('tr')
      row.append(make('th', city, { scope: 'row' }), ...places.map((place) => make('td', `${roundTrips[place]}`)))
      return row
    })
  )
}

async function look() {
  try {
    const regions = await (await fetch('/regions')).json()
    if (states.size === 0) showDistances(regions)
    for (const state of regions) {
      const before = states.get(state.region)
      states.set(state.region, state)
      if (before) noteChanges(before, state)
    }
    regions.forEach(show)
    byId('error').textContent = ''
  } catch {
    byId('error').textContent = '`npm run world` has ended.'
  }
}

for (const [label, meaning] of Object.values(OPERATIONS).flatMap((ones) => Object.values(ones)))
  byId('meanings').append(make('dt', label), make('dd', meaning))
for (;;) {
  await look()
  await new Promise((done) => setTimeout(done, LOOK_EVERY_MS))
}
