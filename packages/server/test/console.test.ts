import type { Store } from 'latchkey'
import { sqliteStore } from 'latchkey/store/sqlite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Listening, listen, PASSWORD, type Pair, signIn, signUp } from './in-process.ts'

let server: Listening
let store: Store
/** The store's clock; tests move it. */
let ahead = 0

beforeAll(async () => {
  store = await sqliteStore(':memory:')
  server = await listen({ store })
  await server.auth.register({ username: 'root', password: PASSWORD, scope: 'latchkey:admin' })
  await server.auth.register({ username: 'ada', password: PASSWORD })
})
afterAll(() => server.close())

/** A browser, as far as the console needs one: it keeps cookies, and says where a form came from. */
function browser(to: Listening = server) {
  const jar = new Map<string, string>()
  const ask = async (path: string, init: RequestInit = {}): Promise<Response> => {
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
    const headers = { ...(cookie === '' ? {} : { cookie }), ...(init.headers as Record<string, string>) }
    const response = await fetch(to.url + path, { redirect: 'manual', ...init, headers })
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (value === '' || /max-age=0/i.test(line)) jar.delete(name)
      else jar.set(name, value)
    }
    return response
  }
  return {
    jar,
    ask,
    send: (path: string, fields: Record<string, string> = {}, headers: Record<string, string> = {}) =>
      ask(path, {
        method: 'POST',
        body: new URLSearchParams(fields),
        headers: { origin: to.url, 'sec-fetch-site': 'same-origin', ...headers },
      }),
    async page(path: string): Promise<string> {
      const response = await ask(path)
      expect(response.status).toBe(200)
      expect(response.headers.get('content-type')).toMatch(/^text\/html/)
      return response.text()
    },
  }
}

type Browser = ReturnType<typeof browser>

async function signedIn(username = 'root', to: Listening = server): Promise<Browser> {
  const one = browser(to)
  const response = await one.send('/console/sign-in', { username, password: PASSWORD })
  expect([response.status, response.headers.get('location')]).toEqual([303, '/console'])
  return one
}

const idOf = async (name: string): Promise<string> => (await store.users.findByKey(name))?.id ?? ''

/** The id of the key that signed a token. */
const signerOf = (token: string): string =>
  JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()).kid

/** The console's own rows, newest first. */
const notes = async (): Promise<readonly (readonly [string, object])[]> =>
  (await store.events.list({ limit: 1000 }))
    .filter(({ type }) => type.startsWith('console.'))
    .map(({ type, data }) => [type, data] as const)

describe('users whose ids came with an import', () => {
  it.each(['a/b', '7#x', '%41', 'a+b&c=d', 'ä b', '?q'])(
    'finds and changes the one with the id %s',
    async (id) => {
      const username = `imported ${Buffer.from(id).toString('hex')}`
      await server.auth.importUser({ id, username })
      const one = await signedIn()
      const listed = await one.page(`/console/users?${new URLSearchParams({ q: username })}`)
      const path = /href="(\/console\/users\/[^"]+)"/.exec(listed)?.[1]?.replaceAll('&amp;', '&') ?? ''
      const page = await one.page(path)
      expect(page).toContain(username)
      const events = /href="(\/console\/events\?[^"]+)"/.exec(page)?.[1]?.replaceAll('&amp;', '&') ?? ''
      expect(await one.page(events)).toContain('user.imported')
      const done = await one.send(`${path}/disable`)
      expect(await one.page(done.headers.get('location') ?? '')).toContain('The account is disabled')
      expect((await store.users.find(id))?.disabledAt).not.toBeNull()
    },
  )
})

describe('who gets into the console', () => {
  it('leads strangers to the sign-in, and from there to where they wanted to go', async () => {
    const one = browser()
    const away = await one.ask('/console/users?q=ada')
    expect([away.status, away.headers.get('location')]).toEqual([
      303,
      '/console/sign-in?to=%2Fconsole%2Fusers%3Fq%3Dada',
    ])
    expect(await one.page(away.headers.get('location') ?? '')).toContain('value="/console/users?q=ada"')
    const fields = { username: 'root', password: PASSWORD, to: '/console/users?q=ada' }
    const back = await one.send('/console/sign-in', fields)
    expect(back.headers.get('location')).toBe('/console/users?q=ada')
    expect(await one.page('/console/users?q=ada')).toContain('>ada</span></a>')
  })

  it.each(['https://evil.example', '//evil.example', '/console//evil.example', '/console\\evil', '/login'])(
    'leads nobody to %s',
    async (to) => {
      const response = await browser().send('/console/sign-in', { username: 'root', password: PASSWORD, to })
      expect(response.headers.get('location')).toBe('/console')
    },
  )

  it.each([
    '/console',
    '/console/users',
    '/console/events',
    '/console/events.csv',
    '/console/keys',
    '/console/inspector',
    '/console/nowhere',
  ])('shows %s to nobody who is not signed in', async (path) => {
    expect((await browser().ask(path)).status).toBe(303)
  })

  it.each(['/console/keys/rotate', '/console/sign-out', '/console/inspector'])(
    'takes no form at %s from a stranger',
    async (path) => {
      const before = (await notes()).length
      expect((await browser().send(path)).headers.get('location')).toBe('/console/sign-in')
      expect(await notes()).toHaveLength(before)
    },
  )

  it('says the same for a wrong password and an unknown name, and quotes neither', async () => {
    const pages = []
    for (const username of ['root', 'nobody-at-all']) {
      const response = await browser().send('/console/sign-in', { username, password: 'not my password' })
      expect(response.status).toBe(401)
      pages.push(await response.text())
    }
    expect(pages[0]).toBe(pages[1])
    expect(pages[0]).toContain('Bad username or password.')
    expect(pages[0]).not.toMatch(/not my password|nobody-at-all/)
  })

  it('turns away who has no scope for it, and leaves no session of theirs', async () => {
    const one = browser()
    const response = await one.send('/console/sign-in', { username: 'ada', password: PASSWORD })
    expect(response.status).toBe(403)
    expect(await response.text()).toContain('needs the scope')
    expect(one.jar.size).toBe(0)
    expect(await server.auth.list(await idOf('ada'))).toEqual([])
  })

  it('shuts the door behind whose scope was taken, whose session was ended, and who signs out', async () => {
    const taken = await server.auth.register({
      username: 'deputy',
      password: PASSWORD,
      scope: 'latchkey:admin',
    })
    const one = await signedIn('deputy')
    await server.auth.setScope(taken.id, 'reader')
    const refused = await one.ask('/console')
    expect(refused.status).toBe(403)
    expect(await refused.text()).toContain('needs the scope latchkey:admin')
    expect(await server.auth.list(taken.id)).toEqual([])
    expect((await one.ask('/console')).headers.get('location')).toMatch(/^\/console\/sign-in/)
    await server.auth.setScope(taken.id, 'latchkey:admin reader')
    const again = await signedIn('deputy')
    await again.page('/console')
    await server.auth.endAll(taken.id)
    expect((await again.ask('/console')).status).toBe(303)

    const two = await signedIn()
    const copy = browser()
    for (const [name, value] of two.jar) copy.jar.set(name, value)
    await two.send('/console/sign-out')
    expect(two.jar.size).toBe(0)
    expect((await copy.ask('/console')).status).toBe(303)
  })

  it('is opened by no token of an application, however its user may use the console', async () => {
    await server.auth.register({ username: 'both', password: PASSWORD, scope: 'latchkey:admin' })
    const { access_token, refresh_token } = await signIn(server.url, 'both')
    for (const token of [access_token, refresh_token, 'none', '']) {
      const one = browser()
      one.jar.set('latchkey_console', token)
      expect((await one.ask('/console')).status).toBe(303)
      expect((await one.send('/console/keys/rotate')).headers.get('location')).toBe('/console/sign-in')
    }
    // They are as good as before where they belong.
    const headers = { authorization: `Bearer ${access_token}` }
    expect((await fetch(`${server.url}/protected`, { headers })).status).toBe(200)
  })

  it('gives a cookie that is good for nothing else', async () => {
    const one = await signedIn()
    const cookie = one.jar.get('latchkey_console') ?? ''
    const json = { 'content-type': 'application/json' }
    const refresh = { method: 'POST', headers: json, body: JSON.stringify({ refresh_token: cookie }) }
    expect((await fetch(`${server.url}/refresh`, refresh)).status).toBe(401)
    const headers = { authorization: `Bearer ${cookie}` }
    for (const path of ['/protected', '/whoami', '/sessions'])
      expect((await fetch(server.url + path, { headers })).status).toBe(401)
    await one.page('/console')
  })

  it('ends the session that the browser had, whoever signs in there next', async () => {
    const one = await signedIn()
    const copy = browser()
    for (const [name, value] of one.jar) copy.jar.set(name, value)
    await one.send('/console/sign-in', { username: 'ada', password: PASSWORD })
    expect((await copy.ask('/console')).status).toBe(303)
  })

  it('finds its home with a slash behind it, too', async () => {
    const response = await browser().ask('/console/')
    expect([response.status, response.headers.get('location')]).toEqual([301, '/console'])
  })

  it('ends after twelve hours, and leaves no session behind where somebody signs in again', async () => {
    const own = await sqliteStore(':memory:', { clock: () => Date.now() + ahead })
    const other = await listen({ store: own })
    try {
      const { id } = await other.auth.register({
        username: 'root',
        password: PASSWORD,
        scope: 'latchkey:admin',
      })
      const one = await signedIn('root', other)
      await one.send('/console/sign-in', { username: 'root', password: PASSWORD })
      expect(await other.auth.list(id)).toHaveLength(1)
      ahead = 11 * 3_600_000
      await one.page('/console')
      ahead = 13 * 3_600_000
      expect((await one.ask('/console')).status).toBe(303)
    } finally {
      ahead = 0
      await other.close()
    }
  })

  it('takes a form that comes in pieces, and none that is too large or no form', async () => {
    const headers = { origin: server.url, 'sec-fetch-site': 'same-origin' }
    const form = 'application/x-www-form-urlencoded'
    const send = (body: BodyInit, type: string): Promise<Response> =>
      fetch(`${server.url}/console/sign-in`, {
        method: 'POST',
        redirect: 'manual',
        headers: { ...headers, 'content-type': type },
        body,
        ...({ duplex: 'half' } as object),
      })
    const pieces = (...texts: string[]): ReadableStream =>
      new ReadableStream({
        start(controller) {
          for (const text of texts) controller.enqueue(new TextEncoder().encode(text))
          controller.close()
        },
      })
    const [first, second] = ['username=root&pass', `word=${encodeURIComponent(PASSWORD)}`]
    expect((await send(pieces(first, second), form)).status).toBe(303)
    const [started] = await store.events.list({ type: 'session.started', limit: 1 })
    expect(started).toMatchObject({ address: '127.0.0.1' })
    for (const body of ['x'.repeat(40_000), pieces('x'.repeat(20_000), 'x'.repeat(20_000))]) {
      const response = await send(body, form)
      expect(response.status).toBe(413)
      expect(await response.text()).toContain('larger than 32 KiB')
    }
    expect((await send('--x\r\ngarbage', 'multipart/form-data; boundary=x')).status).toBe(401)
  })

  it('keeps its cookies from scripts and from other sites; secure where the issuer is', async () => {
    const fields = { username: 'root', password: PASSWORD }
    const plain = (await browser().send('/console/sign-in', fields)).headers.getSetCookie()
    expect(plain).toHaveLength(1)
    for (const line of plain) expect(line).toMatch(/Max-Age=43200; Path=\/console; HttpOnly; SameSite=Lax$/)
    const behindTls = await listen({ store: await sqliteStore(':memory:'), issuer: 'https://auth.example' })
    try {
      await behindTls.auth.register({ username: 'root', password: PASSWORD, scope: 'latchkey:admin' })
      const sent = { origin: 'https://auth.example' }
      const response = await browser(behindTls).send('/console/sign-in', fields, sent)
      for (const line of response.headers.getSetCookie())
        expect(line).toMatch(/^__Secure-latchkey_console.*; HttpOnly; Secure; SameSite=Lax$/)
    } finally {
      await behindTls.close()
    }
  })

  it('H-12: allows no script, no frame, and nothing from elsewhere, on refusals too', async () => {
    const one = await signedIn()
    for (const path of ['/console', '/console/sign-in', '/console/users/nobody', '/console/styles.css']) {
      const { headers } = await one.ask(path)
      expect(headers.get('content-security-policy')).toBe(
        "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
      )
      expect(headers.get('cache-control')).toBe('no-store')
      expect(headers.get('x-content-type-options')).toBe('nosniff')
      expect(headers.get('referrer-policy')).toBe('same-origin')
    }
    for (const path of [
      '/console',
      '/console/users',
      '/console/events',
      '/console/keys',
      '/console/inspector',
    ])
      expect(await one.page(path)).not.toMatch(
        /<script|javascript:|\son\w+=|style=|https?:\/\/(?!localhost)/i,
      )
  })

  it.each([{ console: false }, { issuer: 'https://example.com/auth' }])(
    'is not there where it was turned off, or would not find its pages: %j',
    async (config) => {
      const closed = await listen({ store: await sqliteStore(':memory:'), ...config })
      try {
        expect((await fetch(`${closed.url}/console`)).status).toBe(404)
      } finally {
        await closed.close()
      }
    },
  )
})

describe('changes in the console', () => {
  it.each([
    ['another site', { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }],
    ['a sandboxed frame', { origin: 'null', 'sec-fetch-site': 'cross-site' }],
    ['a neighbouring site', { origin: 'http://other.localhost:8787', 'sec-fetch-site': 'same-site' }],
  ])('takes none from a form of %s', async (_, headers) => {
    const one = await signedIn()
    const before = (await notes()).length
    const response = await one.send('/console/keys/rotate', {}, headers)
    expect(response.status).toBe(403)
    expect(await notes()).toHaveLength(before)
  })

  it('takes none that is read instead of sent', async () => {
    const one = await signedIn()
    const id = await idOf('ada')
    for (const path of [`/console/users/${id}/disable`, '/console/keys/rotate'])
      expect((await one.ask(path)).status).toBe(404)
    expect((await store.users.find(id))?.disabledAt).toBeNull()
  })

  it('disables and enables an account, at once and with a row in the log before it', async () => {
    const ada = await signUp(server.url, 'babbage')
    const id = await idOf('babbage')
    const one = await signedIn()
    const done = await one.send(`/console/users/${id}/disable`)
    expect(done.headers.get('location')).toBe(`/console/users/${id}?done=disabled`)
    expect(await one.page(`/console/users/${id}?done=disabled`)).toMatch(/No: the account is disabled since/)
    const headers = { authorization: `Bearer ${ada.access_token}` }
    expect((await fetch(`${server.url}/protected`, { headers })).status).toBe(401)
    await one.send(`/console/users/${id}/enable`)
    expect(await one.page(`/console/users/${id}`)).toMatch(/Yes, with the password/)
    expect((await notes()).slice(0, 2)).toEqual([
      ['console.user_enabled', { user: id }],
      ['console.user_disabled', { user: id }],
    ])
    const [row] = await store.events.list({ limit: 1, type: 'console.user_disabled' })
    expect(row).toMatchObject({ userId: await idOf('root'), address: '127.0.0.1' })
  })

  it('ends one session, and all of a user', async () => {
    const [first, second] = [await signUp(server.url, 'curie'), await signUp(server.url, 'curie')]
    const id = await idOf('curie')
    const one = await signedIn()
    const sessions = await server.auth.list(id)
    const page = await one.page(`/console/users/${id}`)
    for (const session of sessions) expect(page).toContain(`/console/sessions/${session.id}/end`)
    const status = async ({ access_token }: Pair): Promise<number> => {
      const headers = { authorization: `Bearer ${access_token}` }
      return (await fetch(`${server.url}/protected`, { headers })).status
    }
    await one.send(`/console/sessions/${sessions[1]?.id}/end`)
    expect([await status(first), await status(second)]).toEqual([401, 200])
    expect(await one.page(`/console/sessions/${sessions[1]?.id}`)).toMatch(/ended .*revoked/)
    await one.send(`/console/users/${id}/end-sessions`)
    expect(await status(second)).toBe(401)
  })

  it('changes scopes, and refuses what is none', async () => {
    const one = await signedIn()
    const id = await idOf('ada')
    await one.send(`/console/users/${id}/scope`, { scope: ' orders:read   orders:write ' })
    expect((await store.users.find(id))?.scope).toBe('orders:read orders:write')
    expect((await one.send(`/console/users/${id}/scope`, { scope: 'a"b' })).status).toBe(400)
    await one.send(`/console/users/${id}/scope`, { scope: '' })
    expect((await store.users.find(id))?.scope).toBe('')
  })

  it('does not let anybody lock themselves out', async () => {
    const one = await signedIn()
    const id = await idOf('root')
    expect((await one.send(`/console/users/${id}/disable`)).status).toBe(403)
    expect((await one.send(`/console/users/${id}/scope`, { scope: 'reader' })).status).toBe(403)
    await one.send(`/console/users/${id}/end-sessions`)
    await one.page('/console')
    expect(await server.auth.list(id)).toHaveLength(1)
  })

  it('rotates the key that signs', async () => {
    const one = await signedIn()
    const active = async (): Promise<string | undefined> =>
      (await store.keys.list()).keys.find(({ state }) => state === 'active')?.kid
    const before = await active()
    await one.send('/console/keys/rotate')
    expect(await active()).not.toBe(before)
    expect(await one.page('/console/keys?done=rotated')).toContain('The next key signs from now on.')
    await one.page('/console')
  })

  it('revokes a key, but by no single click', async () => {
    const one = await signedIn()
    const other = await signUp(server.url, 'hopper')
    const kid = signerOf(other.access_token)
    const asked = await one.send(`/console/keys/${kid}/revoke`)
    expect(asked.status).toBe(403)
    expect(await asked.text()).toContain('cannot be undone')
    expect((await store.keys.list()).keys.map((key) => key.kid)).toContain(kid)
    expect((await one.send('/console/keys/none/revoke', { confirm: PASSWORD })).status).toBe(404)
    const done = await one.send(`/console/keys/${kid}/revoke`, { confirm: PASSWORD })
    expect(done.headers.get('location')).toBe('/console/keys?done=revoked')
    const headers = { authorization: `Bearer ${other.access_token}` }
    expect((await fetch(`${server.url}/protected`, { headers })).status).toBe(401)
    expect((await notes())[0]).toEqual(['console.key_revoked', { kid }])
    // With the key of their own cookie administrators are out themselves.
    const active = (await store.keys.list()).keys.find(({ state }) => state === 'active')?.kid ?? ''
    const signer = async (): Promise<string> => signerOf((await signedIn()).jar.get('latchkey_console') ?? '')
    await expect.poll(signer, { timeout: 5000 }).toBe(active)
    await one.send(`/console/keys/${active}/revoke`, { confirm: PASSWORD })
    await expect.poll(async () => (await one.ask('/console/keys')).status, { timeout: 5000 }).toBe(303)
  })
})

describe('a change long after the sign-in', () => {
  it('asks for the password, keeps what was sent, and goes on', async () => {
    const clock = (): number => Date.now() + ahead
    const own = await sqliteStore(':memory:', { clock })
    const server = await listen({ store: own })
    try {
      await server.auth.register({ username: 'root', password: PASSWORD, scope: 'latchkey:admin' })
      const ada = await server.auth.register({ username: 'ada', password: PASSWORD })
      // Signed in six minutes ago, by the clock that judges sign-ins.
      ahead = -6 * 60_000
      const one = await signedIn('root', server)
      ahead = 0
      const path = `/console/users/${ada.id}/scope`
      const asked = await one.send(path, { scope: 'reader "x" <b>' })
      expect(asked.status).toBe(403)
      const page = await asked.text()
      expect(page).toContain('name="scope" value="reader &quot;x&quot; &lt;b&gt;"')
      expect((await own.users.find(ada.id))?.scope).toBe('')
      const wrong = await one.send(path, { scope: 'reader', confirm: 'not my password' })
      expect(wrong.status).toBe(401)
      const text = await wrong.text()
      expect(text).toContain('Bad username or password.')
      expect(text).not.toContain('not my password')
      expect((await own.users.find(ada.id))?.scope).toBe('')
      const done = await one.send(path, { scope: 'reader', confirm: PASSWORD })
      expect(done.status).toBe(303)
      expect((await own.users.find(ada.id))?.scope).toBe('reader')
      // The old session of the console made room, and the next change asks no more.
      expect(await server.auth.list((await own.users.findByKey('root'))?.id ?? '')).toHaveLength(1)
      expect((await one.send(path, { scope: '' })).status).toBe(303)
    } finally {
      ahead = 0
      await server.close()
    }
  })
})

describe('what the console shows', () => {
  it('finds users by name, by its beginning, in any case, and by id', async () => {
    for (const name of ['grace', 'Gracia', 'graham'])
      await server.auth.register({ username: name, password: PASSWORD })
    const one = await signedIn()
    const found = async (q: string): Promise<string[]> => {
      const page = await one.page(`/console/users?q=${encodeURIComponent(q)}`)
      return [...page.matchAll(/<td><a href="\/console\/users\/[\w-]{22}"><span>([^<]*)</g)].map(
        ([, name = '']) => name,
      )
    }
    expect(await found('gra')).toEqual(['grace', 'Gracia', 'graham'])
    expect(await found('GRAC')).toEqual(['grace', 'Gracia'])
    expect(await found('grace')).toEqual(['grace'])
    expect(await found(await idOf('graham'))).toEqual(['graham'])
    expect(await found('zz')).toEqual([])
    expect(await one.page('/console/users?q=zz')).toContain('Nobody is called that.')
  })

  it('says of a hash its format and what becomes of it, and of one that nothing matches that nobody gets in', async () => {
    const one = await signedIn()
    const hashes = {
      old: 'pbkdf2_sha256$600000$c2FsdHNhbHQ$9n2l1wVY4Lk8rj0mYc3xqQ3Rk2l2mT3xqf6y3yB0Ejk=',
      broken: 'abcdef0123456789:0123456789abcdef',
    }
    for (const [name, passwordHash] of Object.entries(hashes)) {
      const event = { type: 'test', userId: name, sessionId: null, address: null, userAgent: null, data: {} }
      await store.users.create(
        { id: name, username: name, usernameKey: name, passwordHash, scope: '' },
        event,
      )
    }
    expect(await one.page('/console/users/old')).toMatch(/Yes, with the password.*Django pbkdf2/s)
    const broken = await one.page('/console/users/broken')
    expect(broken).toContain('No: nothing matches this hash')
    expect(broken).not.toMatch(/abcdef0123456789/)
  })

  it('takes an id for an id, whatever somebody else is called', async () => {
    const { id } = await server.auth.register({ username: 'noether', password: PASSWORD })
    await server.auth.register({ username: id, password: PASSWORD })
    await browser().send('/console/sign-in', { username: 'noether', password: 'wrong' })
    const one = await signedIn()
    for (const path of [`/console/users/${id}`, `/console/events?user=${id}`])
      expect(await one.page(path)).toContain('wrong_password')
  })

  it('goes through all users, a page at a time', async () => {
    for (let n = 0; n < 60; n++) {
      const id = `many-${String(n).padStart(16, '0')}`
      const event = { type: 'test', userId: id, sessionId: null, address: null, userAgent: null, data: {} }
      await store.users.create({ id, username: id, usernameKey: id, passwordHash: null, scope: '' }, event)
    }
    const one = await signedIn()
    const seen = new Set<string>()
    for (let path: string | undefined = '/console/users?q=many'; path !== undefined; ) {
      const page: string = await one.page(path)
      for (const [name] of page.matchAll(/many-\d{16}/g)) seen.add(name)
      path = /href="([^"]*)">More/.exec(page)?.[1]?.replaceAll('&amp;', '&')
    }
    expect(seen.size).toBe(60)
  })

  it('shows what users typed as text, whatever it is', async () => {
    const name = `<img src=x onerror=alert(1)>`
    const { id } = await server.auth.register({ username: name, password: PASSWORD })
    const headers = { 'content-type': 'application/json', 'user-agent': '<script>alert(2)</script>\u0001' }
    const body = JSON.stringify({ username: name, password: PASSWORD })
    await fetch(`${server.url}/login`, {
      method: 'POST',
      headers: { ...headers, 'user-agent': '<script>' },
      body,
    })
    const one = await signedIn()
    for (const path of ['/console', '/console/users', `/console/users/${id}`, '/console/events']) {
      const page = await one.page(path)
      expect(page).toContain('&lt;img src=x onerror=alert(1)&gt;')
      expect(page).not.toMatch(/<img|<script/)
    }
  })

  it('filters events, and exports what it shows', async () => {
    const one = await signedIn()
    await one.send('/console/sign-in', { username: 'ada', password: 'wrong' })
    const page = await one.page('/console/events?kind=login.failed&user=ada&since=1h')
    expect(page).toContain('reason=wrong_password')
    expect(page).not.toContain('>session.started<')
    const csv = await one.ask('/console/events.csv?kind=login.failed&user=ada')
    expect(csv.headers.get('content-disposition')).toBe('attachment; filename="latchkey-events.csv"')
    expect(await csv.text()).toMatch(/^id,at,kind,user_id,.*\r\n\d+,20.*login\.failed/)
    const lines = await (await one.ask('/console/events.jsonl?kind=login.failed&user=ada')).text()
    for (const line of lines.trim().split('\n'))
      expect(JSON.parse(line)).toMatchObject({ kind: 'login.failed' })
    expect((await one.ask('/console/events?since=yesterday')).status).toBe(400)
    expect((await one.ask('/console/events?user=nobody-at-all')).status).toBe(404)
  })

  it('explains a token, and shows it to nobody again', async () => {
    const { access_token } = await signUp(server.url, 'inspected')
    const one = await signedIn()
    const good = await (await one.send('/console/inspector', { token: `Bearer ${access_token}` })).text()
    expect(good).toContain('The server accepts this token.')
    expect(good).not.toContain(access_token.slice(-40))
    const bad = await (
      await one.send('/console/inspector', { token: `${access_token.slice(0, -3)}AAA` })
    ).text()
    expect(bad).toContain('The server refuses this token.')
  })

  it('shows the day in numbers, and how the process stands', async () => {
    const one = await signedIn()
    const page = await one.page('/console')
    expect(page).toMatch(/<b>[1-9]\d*<\/b><a [^>]*>sign-ins<\/a>/)
    expect(page).toMatch(/\d+ held, heard of \d+\.\d s ago; without news tokens are refused after 30 s/)
  })

  it('says what is not there, and fails without a word of how', async () => {
    const one = await signedIn()
    for (const path of ['/console/nowhere', '/console/users/nobody', '/console/sessions/none'])
      expect((await one.ask(path)).status).toBe(404)
    const { list } = store.keys
    store.keys.list = () => Promise.reject(new Error('the disk is on fire'))
    try {
      const response = await one.ask('/console/keys')
      expect(response.status).toBe(500)
      expect(await response.text()).not.toContain('fire')
    } finally {
      store.keys.list = list
    }
  })
})
