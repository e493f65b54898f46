import { afterEach, describe, expect, it } from 'vitest'
import {
  type Client,
  type ClientOptions,
  createClient,
  isClientError,
  type Who,
} from '../../src/client/index.ts'
import { password } from '../auth/known.ts'
import { ada, startWorld, type World } from './world.ts'

const clients: Client[] = []
afterEach(() => {
  for (const client of clients.splice(0)) client.close()
})

function tab(world: World, options: Partial<ClientOptions> = {}): Client {
  const client = createClient({ baseUrl: `${world.url}/auth`, clock: world.clock, ...options })
  clients.push(client)
  return client
}

/** What a call is refused with. */
async function refusal(call: Promise<unknown>): Promise<unknown> {
  const error = await call.then(
    () => null,
    (caught: unknown) => caught,
  )
  if (!isClientError(error)) return error
  const { code, status, retryAfter, field } = error
  return { code, status, retryAfter, field }
}

function changesOf(client: Client): (string | null)[] {
  const changes: (string | null)[] = []
  client.onChange((who) => changes.push(who?.username ?? null))
  return changes
}

/** Listeners are called right after what changed, not within it. */
const soon = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20))

const post = { method: 'POST', body: 'tea' }

describe('signing in and out', () => {
  it('gives who is signed in, and requests in their name', async () => {
    await using world = await startWorld()
    const auth = tab(world)
    const changes = changesOf(auth)
    const who: Who = await auth.login(ada)
    expect(who).toEqual({ id: expect.any(String), username: 'ada', sessionId: expect.any(String) })
    expect(await auth.current()).toEqual(who)
    expect(await (await auth.fetch(`${world.url}/api/orders`, post)).text()).toBe('ada POST tea')
    await auth.logout()
    expect((await auth.fetch(`${world.url}/api/orders`)).status).toBe(401)
    expect(await auth.current()).toBe(null)
    await soon()
    expect(changes).toEqual(['ada', null])
  })

  it('ends the session at the server', async () => {
    await using world = await startWorld()
    const auth = tab(world)
    const { id } = await auth.login(ada)
    expect(await world.auth.list(id)).toHaveLength(1)
    await auth.logout()
    expect(await world.auth.list(id)).toEqual([])
    await auth.logout()
  })

  it('says what the server refuses, with its code', async () => {
    await using world = await startWorld()
    const auth = tab(world)
    const facts = { retryAfter: null, field: null }
    expect(await refusal(auth.login({ ...ada, password: 'not hers at all' }))).toEqual({
      code: 'invalid_credentials',
      status: 401,
      ...facts,
    })
    expect(await refusal(auth.register(ada))).toMatchObject({ code: 'account_taken', status: 409 })
    const bob = await auth.register({ username: 'bob', password })
    expect(bob).toEqual({ id: expect.any(String), username: 'bob' })
    expect(await auth.current()).toBe(null)
  })

  it('waits as long as the server says', async () => {
    await using world = await startWorld()
    const auth = tab(world)
    world.fail('POST /auth/login', 'unavailable')
    expect(await refusal(auth.login(ada))).toMatchObject({ code: 'unavailable', status: 503, retryAfter: 1 })
  })

  it('takes over what a route of one’s own answered', async () => {
    await using world = await startWorld()
    const auth = tab(world)
    const { accessToken, refreshToken, expiresIn } = await world.auth.login(ada)
    const pair = {
      access_token: accessToken,
      refresh_token: refreshToken,
      token_type: 'Bearer',
      expires_in: expiresIn,
    } as const
    expect(await auth.adopt(pair)).toMatchObject({ username: 'ada' })
    expect((await auth.fetch(`${world.url}/api/orders`)).status).toBe(200)
    await expect(auth.adopt({} as never)).rejects.toThrow('expected the answer of a sign-in')
  })

  it('does not sign out while the server cannot end the session', async () => {
    await using world = await startWorld()
    const auth = tab(world)
    await auth.login(ada)
    world.fail('POST /auth/logout', 'unavailable')
    expect(await refusal(auth.logout())).toMatchObject({ code: 'unavailable' })
    expect(await auth.current()).toMatchObject({ username: 'ada' })
    await auth.logout()
    expect(await auth.current()).toBe(null)
  })

  it('unsubscribes one listener and leaves its twin', async () => {
    await using world = await startWorld()
    const auth = tab(world)
    const heard: string[] = []
    const listener = (who: Who | null): void => void heard.push(who?.username ?? '-')
    auth.onChange(listener)()
    auth.onChange(listener)
    await auth.login(ada)
    await soon()
    expect(heard).toEqual(['ada'])
  })
})

describe('tokens grow old', () => {
  it('and ten requests at once refresh once', async () => {
    await using world = await startWorld()
    const auth = tab(world)
    await auth.login(ada)
    world.clock.advance(11 * 60_000)
    const ten = await Promise.all(Array.from({ length: 10 }, () => auth.fetch(`${world.url}/api/orders`)))
    expect(ten.map(({ status }) => status)).toEqual(Array(10).fill(200))
    expect(world.count('POST /auth/refresh')).toBe(1)
    expect(world.count('GET /api/orders')).toBe(10)
  })

  it('and ten that are refused at once refresh once, too', async () => {
    await using world = await startWorld()
    // A client whose clock stands still does not see it coming.
    const auth = tab(world, { clock: () => 0 })
    await auth.login(ada)
    world.clock.advance(11 * 60_000)
    const ten = await Promise.all(Array.from({ length: 10 }, () => auth.fetch(`${world.url}/api/orders`)))
    expect(ten.map(({ status }) => status)).toEqual(Array(10).fill(200))
    expect(world.count('POST /auth/refresh')).toBe(1)
    expect(world.count('GET /api/orders')).toBe(20)
  })

  it('R15 shortly before the end, while the old one still serves, and only when somebody fetches', async () => {
    await using world = await startWorld()
    const auth = tab(world)
    await auth.login(ada)
    world.clock.advance(7 * 60_000)
    await auth.fetch(`${world.url}/api/orders`)
    expect(world.count('POST /auth/refresh')).toBe(0)
    world.clock.advance(2 * 60_000)
    await soon()
    expect(world.count('POST /auth/refresh')).toBe(0)
    const used = (await auth.fetch(`${world.url}/api/orders`)).status
    await soon()
    expect([used, world.count('POST /auth/refresh'), world.count('GET /api/orders')]).toEqual([200, 1, 2])
  })

  it('and new scopes come with new tokens, silently', async () => {
    await using world = await startWorld()
    const auth = tab(world)
    const { id } = await auth.login(ada)
    await world.auth.setScope(id, 'admin')
    expect(await (await auth.fetch(`${world.url}/api/orders`, post)).text()).toBe('ada POST tea')
    expect([world.count('POST /auth/refresh'), world.count('POST /api/orders')]).toEqual([1, 2])
  })

  it('but refreshing heals no refusal that it cannot heal', async () => {
    await using world = await startWorld()
    const auth = tab(world)
    await auth.login(ada)
    await auth.refresh()
    const before = world.count('POST /auth/refresh')
    const fresh = await auth.fetch(`${world.url}/api/fresh`)
    expect([fresh.status, (await fresh.json()).error]).toEqual([401, 'fresh_token_required'])
    expect((await auth.fetch(`${world.url}/api/own`)).status).toBe(401)
    const login = await auth.fetch(`${world.url}/auth/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...ada, password: 'not hers at all' }),
    })
    expect((await login.json()).error).toBe('invalid_credentials')
    expect(world.count('POST /auth/refresh')).toBe(before)
  })

  it('and a stream is sent once, any other body again', async () => {
    await using world = await startWorld()
    const auth = tab(world, { clock: () => 0 })
    await auth.login(ada)
    world.clock.advance(11 * 60_000)
    const body = new Blob(['tea']).stream()
    const stream = await auth.fetch(`${world.url}/api/orders`, {
      method: 'POST',
      body,
      duplex: 'half',
    } as RequestInit)
    expect([stream.status, world.count('POST /api/orders'), world.count('POST /auth/refresh')]).toEqual([
      401, 1, 1,
    ])
    expect((await auth.fetch(`${world.url}/api/orders`, post)).status).toBe(200)
    world.clock.advance(11 * 60_000)
    const request = new Request(`${world.url}/api/orders`, post)
    expect((await auth.fetch(request)).status).toBe(401)
    world.clock.advance(11 * 60_000)
    const form = await auth.fetch(new Request(`${world.url}/api/orders`), { method: 'POST', body: 'rice' })
    expect(await form.text()).toBe('ada POST rice')
  })

  it('and who gives up waits for no refresh', async () => {
    await using world = await startWorld()
    const auth = tab(world)
    await auth.login(ada)
    world.clock.advance(11 * 60_000)
    const signal = AbortSignal.abort(new Error('given up'))
    await expect(auth.fetch(`${world.url}/api/orders`, { signal })).rejects.toThrow('given up')
    expect((await auth.fetch(`${world.url}/api/orders`)).status).toBe(200)
  })
})

describe('the network fails', () => {
  it('R15 a lost answer is asked for again, and gets the same successor', async () => {
    await using world = await startWorld()
    const auth = tab(world)
    const { id } = await auth.login(ada)
    world.clock.advance(11 * 60_000)
    world.fail('POST /auth/refresh', 'answer lost', 2)
    expect((await auth.fetch(`${world.url}/api/orders`)).status).toBe(200)
    expect(world.count('POST /auth/refresh')).toBe(3)
    expect(await world.auth.list(id)).toMatchObject([{ generation: 1 }])
  })

  it.each(['refused', 'unavailable', 'proxy'] as const)('and nobody is signed out: %s', async (fault) => {
    await using world = await startWorld()
    const auth = tab(world, { patience: '600ms' })
    const changes = changesOf(auth)
    await auth.login(ada)
    world.clock.advance(11 * 60_000)
    world.fail('POST /auth/refresh', fault, 3)
    const code = { refused: 'unreachable', unavailable: 'unavailable', proxy: 'unexpected' }[fault]
    expect(await refusal(auth.fetch(`${world.url}/api/orders`))).toMatchObject({ code })
    expect(await auth.current()).toMatchObject({ username: 'ada' })
    while ((await auth.fetch(`${world.url}/api/orders`).catch(() => null))?.status !== 200) await soon()
    expect(changes).toEqual(['ada'])
  })

  it('and a token that still serves is used while no new one can be had', async () => {
    await using world = await startWorld()
    const auth = tab(world, { patience: '600ms' })
    await auth.login(ada)
    world.clock.advance(9 * 60_000)
    world.fail('POST /auth/refresh', 'refused', 3)
    expect((await auth.fetch(`${world.url}/api/orders`)).status).toBe(200)
    await new Promise((resolve) => setTimeout(resolve, 700))
    expect((await auth.fetch(`${world.url}/api/orders`)).status).toBe(200)
  })

  it('and the sign-in that reached the server holds', async () => {
    await using world = await startWorld()
    const auth = tab(world)
    world.fail('GET /auth/whoami', 'refused')
    expect(await refusal(auth.login(ada))).toMatchObject({ code: 'unreachable', status: null })
    expect(await auth.current()).toMatchObject({ username: 'ada' })
  })
})

describe('the session is over', () => {
  it('S-07 and that is told once, however many requests find out', async () => {
    await using world = await startWorld()
    const auth = tab(world)
    const changes = changesOf(auth)
    const { id } = await auth.login(ada)
    await world.auth.endAll(id)
    const five = await Promise.all(Array.from({ length: 5 }, () => auth.fetch(`${world.url}/api/orders`)))
    expect(five.map(({ status }) => status)).toEqual(Array(5).fill(401))
    expect((await auth.fetch(`${world.url}/api/orders`)).status).toBe(401)
    await soon()
    expect(changes).toEqual(['ada', null])
    expect(world.count('POST /auth/refresh')).toBe(1)
    expect(await auth.refresh()).toBe(false)
  })

  it('R5 when its tokens were stolen and used', async () => {
    await using world = await startWorld()
    const kept = new Map<string, string>()
    const auth = tab(world, { storage: storageOf(kept) })
    const changes = changesOf(auth)
    await auth.login(ada)
    const [stolen = ''] = kept.values()
    await world.auth.refresh(stolen)
    world.clock.advance(60_000)
    expect(await auth.refresh()).toBe(false)
    await soon()
    expect(changes).toEqual(['ada', null])
    expect(kept.size).toBe(0)
  })

  it('S-07 and a refresh that was under way does not bring it back', async () => {
    await using world = await startWorld()
    const auth = tab(world)
    await auth.login(ada)
    world.fail('POST /auth/refresh', 'refused')
    const refreshed = auth.refresh()
    await auth.logout()
    expect([await refreshed, await auth.current()]).toEqual([false, null])
  })
})

describe('who sees the tokens', () => {
  it('is the origin of the endpoints and those that are listed, no other', async () => {
    await using world = await startWorld()
    await using listed = await startWorld()
    await using foreign = await startWorld()
    const auth = tab(world, { origins: [listed.url] })
    await auth.login(ada)
    await auth.fetch(`${listed.url}/open`)
    await auth.fetch(`${foreign.url}/open`)
    await auth.fetch(new Request(`${foreign.url}/api/orders`, post))
    const shown = (one: World) => one.seen.map(({ headers }) => headers.authorization?.slice(0, 7))
    expect(shown(listed)).toEqual(['Bearer '])
    expect(shown(foreign)).toEqual([undefined, undefined])
    expect(world.count('POST /auth/refresh')).toBe(0)
  })

  it('is no origin that a redirect points to', async () => {
    await using world = await startWorld()
    await using foreign = await startWorld()
    const auth = tab(world)
    await auth.login(ada)
    world.fail('GET /api/orders', `${foreign.url}/open`)
    expect(await (await auth.fetch(`${world.url}/api/orders`)).text()).toBe('open')
    expect(foreign.seen.map(({ headers }) => headers.authorization)).toEqual([undefined])
    world.fail('POST /auth/login', `${foreign.url}/open`)
    expect(await refusal(auth.login(ada))).toMatchObject({ code: 'unreachable' })
    expect(foreign.seen).toHaveLength(1)
  })

  it('is no route that was given a credential of its own', async () => {
    await using world = await startWorld()
    const auth = tab(world)
    await auth.login(ada)
    const own = await auth.fetch(`${world.url}/api/orders`, { headers: { authorization: 'Basic eDp5' } })
    expect([own.status, world.seen.at(-1)!.headers.authorization]).toEqual([401, 'Basic eDp5'])
    expect(world.count('POST /auth/refresh')).toBe(0)
  })
})

describe('a storage that was asked for', () => {
  it('survives a reload, and is the same session in every tab', async () => {
    await using world = await startWorld()
    const kept = new Map<string, string>()
    const storage = storageOf(kept)
    const { id } = await tab(world, { storage }).login(ada)
    const reloaded = [tab(world, { storage }), tab(world, { storage }), tab(world, { storage })]
    for (const one of reloaded) expect((await one.fetch(`${world.url}/api/orders`)).status).toBe(200)
    expect(await world.auth.list(id)).toHaveLength(1)
    world.clock.advance(11 * 60_000)
    const answers = await Promise.all(reloaded.map((one) => one.fetch(`${world.url}/api/orders`)))
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200])
    expect([...kept.values()][0]).toMatch(/^ey/)
    expect(kept.size).toBe(1)
  })

  it('holds the refresh token alone; without one nothing leaves the memory', async () => {
    await using world = await startWorld()
    const kept = new Map<string, string>()
    const auth = tab(world, { storage: storageOf(kept) })
    await auth.login(ada)
    const bearer = world.seen.at(-1)!.headers.authorization?.slice('Bearer '.length)
    expect([...kept.values()]).not.toContain(bearer)
  })

  it('R15 is looked at once more when a token is refused', async () => {
    await using world = await startWorld()
    const kept = new Map<string, string>()
    const auth = tab(world, { storage: storageOf(kept) })
    const { id } = await auth.login(ada)
    const [key = ''] = kept.keys()
    await world.auth.endAll(id)
    const { refreshToken } = await world.auth.login(ada)
    const spied = storageOf(kept)
    // Another tab signs in while the refusal of the old token is on its way.
    const racing = tab(world, {
      storage: {
        ...spied,
        getItem(name) {
          if (world.count('POST /auth/refresh') === 1) kept.set(key, refreshToken)
          return spied.getItem(name)
        },
      },
    })
    expect(await racing.refresh()).toBe(true)
  })

  it('that is full brings no superseded token back', async () => {
    await using world = await startWorld()
    const kept = new Map<string, string>()
    let isFull = false
    const storage = storageOf(kept, () => isFull)
    const auth = tab(world, { storage })
    await auth.login(ada)
    isFull = true
    for (let times = 0; times < 6; times++) {
      world.clock.advance(60_000)
      expect(await auth.refresh()).toBe(true)
    }
    expect(kept.size).toBe(0)
  })
})

describe('options that cannot work are refused at once', () => {
  it.each([
    [{ baseUrl: '/auth' }, 'baseUrl: without a page'],
    [{ baseUrl: 'https://a.example', storge: null }, 'createClient: "storge" is no option'],
    [
      { baseUrl: 'https://a.example', csrf: { Header: 'x' } },
      'csrf: "Header" is no option; "header" is meant',
    ],
    [
      { baseUrl: 'https://a.example', origins: ['https://b.example/'] },
      'origins: "https://b.example/" is no origin',
    ],
    [{ baseUrl: 'https://a.example', patience: 'long' }, 'patience: expected seconds'],
  ])('%j', (options, message) => {
    expect(() => createClient(options as never)).toThrow(message)
  })
})

function storageOf(kept: Map<string, string>, isFull: () => boolean = () => false) {
  return {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem(key: string, value: string) {
      if (isFull()) throw new Error('The quota has been exceeded.')
      kept.set(key, value)
    },
    removeItem: (key: string) => void kept.delete(key),
  }
}
