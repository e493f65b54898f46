// What twenty sign-ins in flight do to everybody else: a cheap route, and one that reads a file, of the same server.
// Each contender is a server in a process of its own; they take turns, in an order that changes.
import { randomBytes, scrypt } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import http from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { answer, start } from '../measure/child.mjs'
import { inRounds } from '../measure/rounds.mjs'
import { quantile, summary } from '../measure/statistics.mjs'

const IN_FLIGHT = 20
/** How a process is told to be a server and no measurement. */
const SERVER = 'serve'
const PASSWORD = 'correct horse battery staple'
/** Between two requests of a visitor; a route under load is looked at, not loaded. */
const BREATH = 5

/** What ours asks for by itself: OWASP's smallest. */
const ARGON2ID = { memoryCost: 19_456, timeCost: 2, parallelism: 1 }

/** How each checks one password; made once. */
const CONTENDERS = {
  'no sign-ins': null,
  latchkey: () => ours({}),
  'latchkey, one at a time': () => ours({ concurrency: 1 }),
  /** No gate of one can let more through than this. */
  async '@node-rs/argon2, one at a time'() {
    const { hash, verify } = await import('@node-rs/argon2')
    const stored = await hash(PASSWORD, ARGON2ID)
    let turn = Promise.resolve()
    return (password) => {
      turn = turn.then(() => verify(stored, password))
      return turn
    }
  },
  async '@node-rs/argon2, no gate'() {
    const { hash, verify } = await import('@node-rs/argon2')
    const stored = await hash(PASSWORD, ARGON2ID)
    return (password) => verify(stored, password)
  },
  async 'scrypt of Node, N = 2^15, no gate'() {
    const derive = promisify(scrypt)
    const [salt, costs] = [randomBytes(16), { N: 2 ** 15, r: 8, p: 1, maxmem: 2 ** 26 }]
    const stored = await derive(PASSWORD, salt, 32, costs)
    return async (password) => stored.equals(await derive(password, salt, 32, costs))
  },
  async 'bcryptjs, cost 10'() {
    const { compare, hash } = (await import('bcryptjs')).default
    const stored = await hash(PASSWORD, 10)
    return (password) => compare(password, stored)
  },
}

async function ours(options) {
  const { createPasswords } = await import('latchkey/passwords')
  const passwords = createPasswords(options)
  const stored = await passwords.hash(PASSWORD)
  return async (password) => (await passwords.verify(password, stored)).matches
}

const SIZES = {
  quick: { turn: 1000, rounds: 1, warm: 300, names: ['no sign-ins', 'latchkey'] },
  full: { turn: 4000, rounds: 5, warm: 1000, names: Object.keys(CONTENDERS) },
}

if (process.argv[2] === SERVER) serve()

function serve() {
  answer({
    async listen(name) {
      const check = await CONTENDERS[name]?.()
      const server = http.createServer(async (request, response) => {
        if (request.url === '/login') response.statusCode = (await check(PASSWORD)) ? 200 : 401
        if (request.url === '/file') await readFile(fileURLToPath(import.meta.url))
        response.end('ok')
      })
      await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
      return server.address().port
    },
  })
}

/** Twenty sign-ins in flight on one server, and what two visitors of it notice. */
export async function measureStorm({ quick, log }) {
  const { turn, rounds, warm, names } = SIZES[quick ? 'quick' : 'full']
  log('sign-ins: a storm of them')
  const field = await Promise.all(names.map(enter))
  for (const contender of field) await visit(contender, warm)
  const seen = Object.fromEntries(names.map((name) => [name, { rate: [], cheap: [], file: [] }]))
  await inRounds(rounds, field, async (contender) => {
    const { logins, cheap, file } = await visit(contender, turn)
    const all = seen[contender.name]
    all.rate.push((logins / turn) * 1000)
    all.cheap.push(...cheap)
    all.file.push(...file)
  })
  for (const { child } of field) child.stop()
  return Object.fromEntries(Object.entries(seen).map(([name, own]) => [name, figuresOf(own)]))
}

const figuresOf = ({ rate, cheap, file }) => ({
  rate: summary(rate),
  cheap: { p50: quantile(cheap, 0.5), p99: quantile(cheap, 0.99) },
  file: { p50: quantile(file, 0.5), p99: quantile(file, 0.99) },
})

async function enter(name) {
  const child = start('./login-storm.mjs', import.meta.url, { execArgv: [], args: [SERVER] })
  return { name, child, port: await child.call('listen', name) }
}

/** One turn: sign-ins as fast as they are answered, and two visitors who only look. */
async function visit({ name, port }, turn) {
  const agent = new http.Agent({ keepAlive: true })
  const until = performance.now() + turn
  const get = (path) => requestOf(agent, port, path)
  const look = async (path) => {
    const times = []
    while (performance.now() < until) {
      times.push(await get(path))
      await pause(BREATH)
    }
    return times
  }
  const storm = async () => {
    let count = 0
    while (performance.now() < until) {
      await get('/login')
      count++
    }
    return count
  }
  const storms = CONTENDERS[name] === null ? [] : Array.from({ length: IN_FLIGHT }, storm)
  const [cheap, file, ...counts] = await Promise.all([look('/cheap'), look('/file'), ...storms])
  agent.destroy()
  return { cheap, file, logins: counts.reduce((sum, count) => sum + count, 0) }
}

function requestOf(agent, port, path) {
  const started = performance.now()
  return new Promise((resolve, reject) => {
    http
      .get({ agent, port, path, host: '127.0.0.1' }, (response) => {
        if (response.statusCode !== 200) reject(new Error(`${path}: ${response.statusCode}`))
        response.resume().on('end', () => resolve(performance.now() - started))
      })
      .on('error', reject)
  })
}
