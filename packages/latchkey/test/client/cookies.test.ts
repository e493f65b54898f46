import type { TransportOptions } from 'latchkey'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { type Client, type ClientOptions, createClient } from '../../src/client/index.ts'
import { cookieJar, type Jar } from './jar.ts'
import { ada, startWorld, type World } from './world.ts'

const clients: Client[] = []
afterEach(() => {
  for (const client of clients.splice(0)) client.close()
  vi.unstubAllGlobals()
})

interface Browser {
  readonly world: World
  readonly jar: Jar
  tab(options?: Partial<ClientOptions>): Client
  [Symbol.asyncDispose](): Promise<void>
}

/** One browser at a page of a server that keeps tokens in cookies. */
async function browser(csrf: TransportOptions['csrf'] = 'origin'): Promise<Browser> {
  const world = await startWorld({
    locations: 'cookies',
    cookies: { secure: 'except-loopback' },
    ...(csrf === undefined ? {} : { csrf }),
  })
  const jar = cookieJar(world.url, world.clock)
  vi.stubGlobal('document', {
    baseURI: `${world.url}/`,
    get cookie() {
      return jar.readable()
    },
  })
  return {
    world,
    jar,
    tab(options = {}) {
      const client = createClient({ baseUrl: '/auth', fetch: jar.fetch, clock: world.clock, ...options })
      clients.push(client)
      return client
    },
    [Symbol.asyncDispose]: async () => world[Symbol.asyncDispose](),
  }
}

const soon = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 30))
const post = { method: 'POST', body: 'tea' }
const minutes = (count: number): number => count * 60_000
const statusesOf = (answers: readonly Response[]): number[] => answers.map(({ status }) => status)

function changesOf(client: Client): (string | null)[] {
  const changes: (string | null)[] = []
  client.onChange((who) => changes.push(who?.username ?? null))
  return changes
}

describe.each(['origin', 'double-submit'] as const)('cookies with csrf: %s', (csrf) => {
  it('sign in, reload, refresh and sign out, and no script sees a token', async () => {
    await using here = await browser(csrf)
    const { world } = here
    await here.tab().login(ada)
    const reloaded = here.tab()
    expect(await reloaded.current()).toMatchObject({ username: 'ada' })
    expect(await (await reloaded.fetch(`${world.url}/api/orders`, post)).text()).toBe('ada POST tea')
    world.clock.advance(minutes(11))
    expect(await (await reloaded.fetch(`${world.url}/api/orders`, post)).text()).toBe('ada POST tea')
    expect(world.count('POST /auth/refresh')).toBe(1)
    expect(here.jar.readable()).not.toContain('ey')
    expect(world.seen.map(({ headers }) => headers.authorization)).toEqual(world.seen.map(() => undefined))
    await reloaded.logout()
    expect(here.jar.names()).toEqual([])
    expect(await reloaded.current()).toBe(null)
  })

  it('R15 ten requests at once after the cookie went refresh once', async () => {
    await using here = await browser(csrf)
    const { world } = here
    await here.tab().login(ada)
    world.clock.advance(minutes(11))
    const auth = here.tab()
    const ten = await Promise.all(
      Array.from({ length: 10 }, () => auth.fetch(`${world.url}/api/orders`, post)),
    )
    expect(statusesOf(ten)).toEqual(Array(10).fill(200))
    expect(world.count('POST /auth/refresh')).toBe(1)
  })

  it('R15 a lost answer signs nobody out', async () => {
    await using here = await browser(csrf)
    const { world } = here
    const auth = here.tab()
    await auth.login(ada)
    world.clock.advance(minutes(11))
    world.fail('POST /auth/refresh', 'answer lost', 1)
    expect((await auth.fetch(`${world.url}/api/orders`, post)).status).toBe(200)
    expect(world.count('POST /auth/refresh')).toBe(2)
  })

  it('strangers are nobody, and are asked for once', async () => {
    await using here = await browser(csrf)
    const { world } = here
    const auth = here.tab()
    const changes = changesOf(auth)
    expect(await Promise.all([auth.current(), auth.current()])).toEqual([null, null])
    expect(statusesOf([await auth.fetch('/open'), await auth.fetch('/api/orders')])).toEqual([200, 401])
    expect(world.seen.map(({ route }) => route)).toEqual([
      'GET /auth/whoami',
      'POST /auth/refresh',
      'GET /open',
      'GET /api/orders',
    ])
    await soon()
    expect(changes).toEqual([null])
  })
})

describe('the double-submit header', () => {
  it('H-10 goes with methods that may change something, to our origin alone', async () => {
    await using here = await browser('double-submit')
    await using foreign = await startWorld()
    const { world } = here
    const auth = here.tab()
    await auth.login(ada)
    const from = world.seen.length
    await auth.fetch('/api/orders')
    await auth.fetch('/api/orders', { method: 'head' })
    await auth.fetch('/api/orders', post)
    await auth.fetch(new Request(`${world.url}/api/orders`, { method: 'DELETE' }))
    await auth.fetch(`${foreign.url}/open`, post)
    const proofs = (seen: World['seen']) => seen.map(({ headers }) => typeof headers['x-csrf-token'])
    expect(proofs(world.seen.slice(from))).toEqual(['undefined', 'undefined', 'string', 'string'])
    expect(proofs(foreign.seen)).toEqual(['undefined'])
  })

  it('keeps up when another tab gets new cookies', async () => {
    await using here = await browser('double-submit')
    const { world, jar } = here
    const other = here.tab()
    await other.login(ada)
    let isLate = true
    const auth = here.tab({
      // The value was read, then the cookies changed, then the request went.
      async fetch(input, init) {
        if (isLate) await other.refresh()
        isLate = false
        return jar.fetch(input, init)
      },
    })
    expect((await auth.fetch('/api/orders', post)).status).toBe(200)
    expect(world.count('POST /api/orders')).toBe(2)
    expect(world.count('POST /auth/refresh')).toBe(1)
  })

  it('is read from the strongest cookie of the name, and named as the server names it', async () => {
    await using here = await browser('double-submit')
    const { world } = here
    vi.stubGlobal('document', {
      baseURI: `${world.url}/`,
      cookie: 'a=b; proof=weak; __Secure-proof=stronger; __Host-proof=strongest; __Host-proof2=no',
    })
    const auth = here.tab({ csrf: { header: 'X-Proof', access: 'proof' } })
    await auth.fetch('/open', post)
    expect(world.seen.at(-1)!.headers['x-proof']).toBe('strongest')
    await auth.fetch('/open', { ...post, headers: { 'x-proof': 'mine' } })
    expect(world.seen.at(-1)!.headers['x-proof']).toBe('mine')
  })
})

describe('several tabs', () => {
  const hasLocks = 'locks' in (globalThis.navigator ?? {})
  if (!hasLocks) console.warn('skipped: tabs with Web Locks (this Node.js has none; Node.js 24 does)')

  it.skipIf(!hasLocks)('R15 with Web Locks: one refresh for all of them', async () => {
    await using here = await browser()
    const { world } = here
    await here.tab().login(ada)
    const tabs = [here.tab(), here.tab(), here.tab(), here.tab()]
    for (let round = 1; round <= 3; round++) {
      world.clock.advance(minutes(11))
      const answers = await Promise.all(
        tabs.flatMap((tab) => [tab.fetch('/api/orders'), tab.fetch('/api/orders', post)]),
      )
      expect(statusesOf(answers)).toEqual(Array(8).fill(200))
      expect(world.count('POST /auth/refresh')).toBe(round)
    }
  })

  it('R4 without Web Locks: the server’s grace makes two refreshes at once harmless', async () => {
    vi.stubGlobal('navigator', undefined)
    await using here = await browser('double-submit')
    const { world } = here
    const { id } = await here.tab().login(ada)
    const tabs = [here.tab(), here.tab(), here.tab(), here.tab()]
    for (let round = 1; round <= 3; round++) {
      world.clock.advance(minutes(11))
      const answers = await Promise.all(tabs.map((tab) => tab.fetch('/api/orders')))
      expect(statusesOf(answers)).toEqual(Array(4).fill(200))
    }
    expect(await world.auth.list(id)).toHaveLength(1)
  })

  it('R4 without Web Locks and without a channel between them', async () => {
    vi.stubGlobal('navigator', undefined)
    vi.stubGlobal('BroadcastChannel', undefined)
    await using here = await browser()
    const { world } = here
    await here.tab().login(ada)
    const tabs = [here.tab(), here.tab()]
    world.clock.advance(minutes(11))
    expect(statusesOf(await Promise.all(tabs.map((tab) => tab.fetch('/api/orders'))))).toEqual([200, 200])
  })

  it('a lock that cannot be had does not keep anybody from refreshing', async () => {
    vi.stubGlobal('navigator', {
      locks: { request: () => Promise.reject(new Error('This frame has none.')) },
    })
    await using here = await browser()
    const auth = here.tab()
    await auth.login(ada)
    expect(await auth.refresh()).toBe(true)
  })

  it('hear that somebody signed in, and out', async () => {
    await using here = await browser()
    const [one, two] = [here.tab(), here.tab()]
    expect(await two.current()).toBe(null)
    const changes = changesOf(two)
    const who = await one.login(ada)
    await soon()
    expect(await two.current()).toEqual(who)
    await one.logout()
    await soon()
    expect(changes).toEqual(['ada', null])
    expect(here.world.count('GET /auth/whoami')).toBe(2)
  })

  it('S-07 each says once that the session was revoked', async () => {
    await using here = await browser()
    const { world } = here
    const tabs = [here.tab(), here.tab()]
    const { id } = await tabs[0]!.login(ada)
    await soon()
    const changes = tabs.map(changesOf)
    await world.auth.endAll(id)
    await Promise.all(tabs.map((tab) => tab.fetch('/api/orders')))
    await soon()
    expect(changes).toEqual([[null], [null]])
  })

  it('a page that has closed hears nothing, and still works', async () => {
    await using here = await browser()
    const [one, two] = [here.tab(), here.tab()]
    two.close()
    const changes = changesOf(two)
    await one.login(ada)
    await soon()
    expect(changes).toEqual([])
    expect((await two.fetch('/api/orders')).status).toBe(200)
    await two.logout()
  })
})
