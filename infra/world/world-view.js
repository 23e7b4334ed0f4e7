// What the page of `npm run world` does: looks at the regions every second, and presses their buttons.
const LOOK_EVERY_MS = 1_000
const LOG_LINES = 7
const up = ({ machine }) => machine === 'runs'
const hasProcess = ({ machine }) => machine === 'runs' || machine === 'stalled'
/** By what they are done to: the word of the button, what it means, and when it can be pressed. */
const DEEDS = {
  Machine: {
    start: ['Start', 'starts it again', ({ machine }) => machine === 'gone' || machine === 'sleeps'],
    stop: ['Sleep', 'stops it gently; the next request for it wakes it', up],
    drain: [
      'Drain',
      'the first half of a deploy: it shows its people the way elsewhere and ends; Start is the second',
      up
    ],
    kill: ['Kill', 'its computer is lost: no goodbye, and gone until you press Start', hasProcess]
  },
  Process: {
    crash: ['Crash', 'it dies, and the platform starts it again', hasProcess],
    stall: ['Stall', 'SIGSTOP: alive, but does nothing', up],
    wake: ['Resume', 'SIGCONT: goes on where it was', ({ machine }) => machine === 'stalled']
  },
  Network: {
    cut: ['Cut', 'no way to its people nor to Redis', ({ network }) => network === 'open'],
    mend: ['Mend', 'the way is open again', ({ network }) => network === 'cut']
  },
  Proxy: {
    restart: ['Restart', 'ends all connections that came in here, as each release of Fly’s proxy does', () => true]
  }
}
const STATES = {
  runs: 'runs',
  stalled: 'stalled',
  stops: 'on its way down',
  sleeps: 'sleeps',
  wakes: 'wakes up',
  gone: 'gone',
  starts: 'starts'
}
const byId = (id) => document.getElementById(id)
const make = (tag, text = '', more = {}) => Object.assign(document.createElement(tag), { textContent: text }, more)
const states = new Map()
const cityOf = (region) => states.get(region)?.city ?? region

const status = ({ machine, network }) => STATES[machine] + (network === 'cut' ? ', cut off' : '')
function service({ region, served, machine }) {
  if (machine === 'sleeps') return 'The next newcomer wakes it'
  if (!served) return 'Nobody serves newcomers'
  return `Newcomers are served ${served.by === region ? 'here' : `in ${cityOf(served.by)}`}, in ${served.ms} ms`
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
      ...(chips.length > 0 ? chips : [make('li', state.people ? 'nobody yet' : 'not known', { className: 'soft' })])
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
  const deeds = make('div', '', { className: 'deeds' })
  for (const [what, ones] of Object.entries(DEEDS)) {
    const group = make('div', '', { role: 'group', ariaLabel: `${what} in ${city}` })
    group.append(
      ...Object.entries(ones).map(([deed, [word, meaning, may]]) => makeButton(region, deed, word, meaning, may))
    )
    deeds.append(make('span', what, { className: 'soft' }), group)
  }
  card.append(head, make('p', '', { className: 'served' }), people, foot, deeds)
  return card
}

function makeButton(region, deed, word, meaning, may) {
  return make('button', word, {
    type: 'button',
    title: meaning,
    may,
    async onclick({ currentTarget }) {
      if (currentTarget.ariaDisabled === 'true') return
      note(`${cityOf(region)}: ${word}`)
      await fetch(`/regions/${region}/${deed}`, { method: 'POST' }).catch(() => {})
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
    note(`${now.city}: newcomers are served ${now.served ? `in ${cityOf(now.served.by)}` : 'by nobody'}`)
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
    byId('trouble').textContent = ''
  } catch {
    byId('trouble').textContent = 'The world has ended.'
  }
}

for (const [word, meaning] of Object.values(DEEDS).flatMap((ones) => Object.values(ones)))
  byId('meanings').append(make('dt', word), make('dd', meaning))
for (;;) {
  await look()
  await new Promise((done) => setTimeout(done, LOOK_EVERY_MS))
}
