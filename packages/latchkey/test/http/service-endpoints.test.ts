import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createAuth } from '../../src/auth/auth.ts'
import { createSessions, type Sessions } from '../../src/auth/sessions.ts'
import { AuthError } from '../../src/base/errors.ts'
import { feedEndpoint } from '../../src/http/feed-endpoint.ts'
import { introspectionEndpoint } from '../../src/http/introspection.ts'
import { revocationEndpoint } from '../../src/http/revocation-endpoint.ts'
import { memoryStore } from '../../src/store/memory.ts'
import type { Store } from '../../src/store/store.ts'
import { codeOf } from '../auth/code-of.ts'
import { password } from '../auth/known.ts'

const credential = 'orders-0123456789-abcdefghij-klmnop'
const second = 'search-0123456789-abcdefghij-klmnop'
const credentials = [credential, second]
const bearer = { authorization: `Bearer ${credential}` }

const form = (fields: Record<string, string> | string, headers: Record<string, string> = {}): Request =>
  new Request('http://localhost/', { method: 'POST', body: new URLSearchParams(fields), headers })
const get = (query = '', headers: Record<string, string> = bearer, method = 'GET'): Request =>
  new Request(`http://localhost/${query}`, { headers, method })
const outage = async (): Promise<never> => {
  throw new AuthError('unavailable', 'The store is away.', { retryAfter: 1 })
}

/** The ways to be nobody; every endpoint for services is tried with each. */
const STRANGERS: readonly (readonly [string, Record<string, string>])[] = [
  ['no credential', {}],
  ['an empty one', { authorization: 'Bearer ' }],
  ['another one', { authorization: `Bearer ${credential.replace('0', '1')}` }],
  ['the beginning of one', { authorization: `Bearer ${credential.slice(0, -1)}` }],
  ['two at once', { authorization: `Bearer ${credential} ${credential}` }],
  ['one in another scheme', { authorization: `Token ${credential}` }],
  ['one as a user name', { authorization: `Basic ${btoa(`${credential}:`)}` }],
  ['no Basic at all', { authorization: 'Basic %%%' }],
]

describe('endpoints for services', () => {
  let store: Store
  let auth: Sessions<{ username: string }>

  beforeAll(() => {
    store = memoryStore()
    auth = createSessions({
      store,
      issuer: 'https://auth.example',
      loadUser: ({ sub }) => (sub === 'gone' ? null : { username: `name of ${sub}` }),
    })
  })
  afterAll(async () => {
    await auth.close()
    await store.close()
  })

  it.each([[''], ['short'], ['x'.repeat(40)], [' '.repeat(40)], ['correct horse battery staple and so on']])(
    'refuse to start with a credential that could be guessed, as "%s"',
    (weak) => {
      expect(() => introspectionEndpoint(auth, { credentials: weak })).toThrow(TypeError)
      expect(() => feedEndpoint(store, { credentials: [credential, weak] })).toThrow(TypeError)
      expect(() => feedEndpoint(store, { credentials: [] })).toThrow(TypeError)
    },
  )

  describe('introspection', () => {
    const ask = async (token: string, headers: Record<string, string> = bearer) =>
      introspectionEndpoint(auth, { credentials })(form({ token, token_type_hint: 'access_token' }, headers))

    it('H-05: tells what an active token says', async () => {
      const { accessToken, sessionId } = await auth.start('42')
      const response = await ask(accessToken)
      expect(response.status).toBe(200)
      expect(response.headers.get('cache-control')).toBe('no-store')
      expect(await response.json()).toMatchObject({
        active: true,
        iss: 'https://auth.example',
        sub: '42',
        sid: sessionId,
        username: 'name of 42',
        token_type: 'Bearer',
        exp: expect.any(Number),
      })
    })

    it.each(STRANGERS)('H-05: answers nobody who shows %s', async (_, headers) => {
      const { accessToken } = await auth.start('42')
      const response = await ask(accessToken, headers)
      expect(response.status).toBe(401)
      expect(response.headers.get('www-authenticate')).toMatch(/^Bearer /)
      expect(await response.text()).not.toContain('42')
    })

    it('knows each of several credentials, as a Bearer token and as the secret of a client', async () => {
      const { accessToken } = await auth.start('42')
      for (const known of credentials) {
        for (const authorization of [
          `Bearer ${known}`,
          `Basic ${btoa(`orders:${encodeURIComponent(known)}`)}`,
        ]) {
          expect((await ask(accessToken, { authorization })).status).toBe(200)
        }
      }
    })

    it('H-05: says only {"active":false} of anything else, whatever is wrong with it', async () => {
      const { accessToken, refreshToken, sessionId } = await auth.start('42')
      const other = createSessions({
        store: memoryStore(),
        issuer: 'https://auth.example',
        loadUser: () => ({}),
      })
      const foreign = await other.start('42')
      await other.close()
      const { accessToken: ended } = await auth.start('42')
      await auth.endByToken(ended)
      const wrong = [
        ...[ended, refreshToken, foreign.accessToken, `${accessToken}x`, accessToken.slice(0, -4), sessionId],
        ...['x', 'null', '{}', '...', '%00', 'é'],
      ]
      for (const token of wrong) {
        const response = await ask(token)
        expect(response.status).toBe(200)
        expect(await response.text()).toBe('{"active":false}')
      }
    })

    it('RV-11, V9: knows at once of a session that was ended behind its back', async () => {
      const { accessToken, sessionId } = await auth.start('42')
      const ending = { reason: 'revoked', hold: 0 } as const
      const event = { type: 't', userId: null, sessionId, address: null, userAgent: null, data: {} }
      await store.sessions.end(sessionId, ending, event)
      expect(await (await ask(accessToken)).json()).toEqual({ active: false })
    })

    it('answers 503 and not "inactive" when the store is away', async () => {
      const { accessToken } = await auth.start('42')
      const away = createSessions({
        store: { ...store, sessions: { ...store.sessions, find: outage } },
        issuer: 'https://auth.example',
        loadUser: ({ sub }) => ({ username: sub }),
      })
      const response = await introspectionEndpoint(away, { credentials })(
        form({ token: accessToken }, bearer),
      )
      await away.close()
      expect(response.status).toBe(503)
      expect(response.headers.get('retry-after')).toBe('1')
    })

    it('takes a form with one token and nothing else', async () => {
      const endpoint = introspectionEndpoint(auth, { credentials })
      const statusOf = async (request: Request) => (await endpoint(request)).status
      expect(await statusOf(form('', bearer))).toBe(400)
      expect(await statusOf(form('token=', bearer))).toBe(400)
      expect(await statusOf(form('token=a&token=b', bearer))).toBe(400)
      expect(await statusOf(form({ token: 'x'.repeat(20_000) }, bearer))).toBe(413)
      const json = { ...bearer, 'content-type': 'application/json' }
      expect(
        await statusOf(
          new Request('http://localhost/', { method: 'POST', body: '{"token":"x"}', headers: json }),
        ),
      ).toBe(415)
      const packed = { ...bearer, 'content-encoding': 'gzip' }
      expect(await statusOf(form('token=a', packed))).toBe(415)
      const response = await endpoint(get())
      expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST'])
    })

    it('never shows the double-submit value', async () => {
      const cookies = createAuth({ store: memoryStore(), csrf: 'double-submit', locations: ['cookies'] })
      await cookies.register({ username: 'ada', password })
      const { accessToken } = await cookies.login({ username: 'ada', password })
      const response = await introspectionEndpoint(cookies, { credentials })(
        form({ token: accessToken }, bearer),
      )
      await cookies.close()
      const body = await response.json()
      expect(body).toMatchObject({ active: true, username: 'ada' })
      expect(body).not.toHaveProperty('csrf')
    })
  })

  describe('revocation', () => {
    const revoke = (token: string) => revocationEndpoint(auth)(form({ token }))
    const isLive = async (sub: string, sessionId: string) =>
      (await auth.list(sub)).some(({ id }) => id === sessionId)

    it.each(['accessToken', 'refreshToken'] as const)(
      'RT-24, H-06: ends the session of an %s, without a credential',
      async (kind) => {
        const pair = await auth.start('42')
        const response = await revoke(pair[kind])
        expect([response.status, await response.text()]).toEqual([200, ''])
        expect(await isLive('42', pair.sessionId)).toBe(false)
        expect(await codeOf(() => auth.authenticate(pair.accessToken))).toBe('revoked_token')
      },
    )

    it('RT-24: takes an old generation as well', async () => {
      const first = await auth.start('42')
      await auth.refresh((await auth.refresh(first.refreshToken)).refreshToken)
      expect((await revoke(first.refreshToken)).status).toBe(200)
      expect(await isLive('42', first.sessionId)).toBe(false)
    })

    it('H-06: answers 200 to unknown, ended and broken tokens, and ends nothing by them', async () => {
      const { sessionId, refreshToken } = await auth.start('42')
      for (const token of ['x', sessionId, `${refreshToken.slice(0, -3)}AAA`]) {
        expect((await revoke(token)).status).toBe(200)
      }
      expect(await isLive('42', sessionId)).toBe(true)
      await revoke(refreshToken)
      expect((await revoke(refreshToken)).status).toBe(200)
    })

    it('H-06, V10, RV-08: answers 503, never 200, when the end could not be written', async () => {
      const { refreshToken, sessionId } = await auth.start('42')
      const away = createSessions({
        store: { ...store, sessions: { ...store.sessions, end: outage } },
        issuer: 'https://auth.example',
        loadUser: ({ sub }) => ({ username: sub }),
      })
      const response = await revocationEndpoint(away)(form({ token: refreshToken }))
      await away.close()
      expect(response.status).toBe(503)
      expect(await isLive('42', sessionId)).toBe(true)
    })

    it('takes a POST with one token only', async () => {
      expect((await revocationEndpoint(auth)(form(''))).status).toBe(400)
      expect((await revocationEndpoint(auth)(get())).status).toBe(405)
    })
  })

  describe('the feed of revocations', () => {
    const read = (query = '', headers: Record<string, string> = bearer) =>
      feedEndpoint(store, { credentials })(get(query, headers))

    it.each(STRANGERS)('H-21: is closed to who shows %s', async (_, headers) => {
      const response = await read('', headers)
      expect(response.status).toBe(401)
      expect(await response.text()).not.toContain('entries')
    })

    it('V6: tells what came after a number, in order, and whether more follows', async () => {
      const { head } = await store.revocations.since(0, 1)
      const ids = []
      for (let n = 0; n < 3; n++) {
        const { sessionId } = await auth.start('42')
        await auth.end(sessionId)
        ids.push(sessionId)
      }
      const page = (await (await read(`?after=${head}&limit=2`)).json()) as Record<string, unknown>
      expect(page).toMatchObject({
        logId: expect.any(String),
        head: head + 3,
        more: true,
        now: expect.any(Number),
      })
      expect(page['entries']).toMatchObject([
        { seq: head + 1, kind: 'sid', id: ids[0], value: null },
        { seq: head + 2, kind: 'sid', id: ids[1] },
      ])
      expect(await (await read(`?after=${head + 2}`)).json()).toMatchObject({
        more: false,
        entries: [{ id: ids[2] }],
      })
    })

    it('holds an ask back until there is news', async () => {
      const { head } = await store.revocations.since(0, 1)
      const answer = read(`?after=${head}&wait=20`)
      const { sessionId } = await auth.start('42')
      await auth.end(sessionId)
      expect(await (await answer).json()).toMatchObject({ head: head + 1, entries: [{ id: sessionId }] })
    })

    it('holds it back no longer than it was asked to', async () => {
      const { head } = await store.revocations.since(0, 1)
      expect(await (await read(`?after=${head}&wait=1`)).json()).toMatchObject({ head, entries: [] })
    })

    it.each([
      '?after=-1',
      '?after=x',
      '?after=1.5',
      '?limit=10001',
      '?wait=31',
      '?after=99999999999999999999',
    ])('refuses %s', async (query) => {
      expect((await read(query)).status).toBe(400)
    })

    it('answers 503 when the store is away', async () => {
      const endpoint = feedEndpoint({ ...store, revocations: { since: outage } }, { credentials })
      expect((await endpoint(get())).status).toBe(503)
      expect((await endpoint(get('', bearer, 'POST'))).status).toBe(405)
    })
  })
})
