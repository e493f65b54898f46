import { describe, expect, test } from 'vitest'
import type { Authenticator, Principal } from '../../src/auth/principal.ts'
import { resolveTransport } from '../../src/auth/transport.ts'
import { AuthError } from '../../src/base/errors.ts'
import { createGuard, type GuardOptions, guard } from '../../src/http/guard.ts'
import { codeOf } from '../auth/code-of.ts'
import { fakeAuth, view } from './fake.ts'

const bearer = (token: string): ReturnType<typeof view> =>
  view({ headers: { authorization: `Bearer ${token}` } })

describe('a guard', () => {
  test('answers the principal at once where no promise is needed', () => {
    expect(createGuard(fakeAuth())(bearer('good'))).toMatchObject({ identity: 'ada', location: 'headers' })
  })

  test('answers a promise where authenticating takes one', async () => {
    const judged = createGuard(fakeAuth())(bearer('later'))
    expect(judged).toBeInstanceOf(Promise)
    expect(await judged).toMatchObject({ identity: 'ada' })
  })

  test('never throws: every refusal and every fault is a rejected promise', async () => {
    for (const request of [
      view(),
      bearer('bad'),
      bearer('bug'),
      view({ headers: { authorization: 'Bearer' } }),
    ]) {
      const judged = createGuard(fakeAuth())(request)
      expect(judged).toBeInstanceOf(Promise)
      await expect(judged).rejects.toThrow()
    }
  })

  test('takes only the absence of a token for nobody', async () => {
    const check = createGuard(fakeAuth(), { optional: true })
    expect(await check(view())).toBeNull()
    expect(await codeOf(() => check(bearer('expired')))).toBe('expired_token')
    const throwing: Authenticator = {
      transport: resolveTransport(),
      authenticate: () => {
        throw new AuthError('missing_token', 'A hook wants another token.')
      },
    }
    expect(await codeOf(() => guard(throwing, bearer('x'), { optional: true }))).toBe('missing_token')
  })

  test("takes an expired token for none where 'lenient', whether it is refused at once or later", async () => {
    expect(await guard(fakeAuth(), bearer('expired'), { optional: 'lenient' })).toBeNull()
    const later: Authenticator = {
      transport: resolveTransport(),
      authenticate: async () => {
        throw new AuthError('expired_token', 'No.')
      },
    }
    expect(await guard(later, bearer('x'), { optional: 'lenient' })).toBeNull()
    expect(await codeOf(() => guard(later, bearer('x'), { optional: true }))).toBe('expired_token')
  })

  test('asks the authenticator for what the route asks, durations in seconds', () => {
    const auth = fakeAuth()
    const asked = {
      refresh: true,
      scope: ['a', 'b'],
      verifyType: false,
      skipRevocationCheck: true,
      strict: true,
    } as const
    guard(auth, bearer('good'), { ...asked, fresh: '5m' })
    guard(auth, bearer('good'), { fresh: true, direct: true })
    guard(auth, bearer('good'), { fresh: 90 })
    expect(auth.asked.map(({ requirement }) => requirement)).toEqual([
      { ...asked, fresh: 300 },
      { fresh: true, direct: true },
      { fresh: 90 },
    ])
  })

  test('looks where the route says instead of where the authenticator says', async () => {
    const auth = fakeAuth({ locations: 'headers' })
    const request = view({ url: '/?access_token=good', headers: {} })
    expect(await guard(auth, request, { locations: 'query' })).toMatchObject({ location: 'query' })
    expect(await codeOf(() => guard(auth, request))).toBe('invalid_request')
  })

  test('H-22 T-29 does not start with an option that it does not know or cannot keep', () => {
    const wrong: unknown[] = [
      { scpoe: 'admin' },
      { optinal: true },
      { csrf: 'x' },
      { fresh: '5 minutes' },
      { fresh: 0 },
      { fresh: -1 },
      { locations: [] },
      { locations: ['header'] },
      { scope: '' },
      { scope: ' ' },
      { scope: [] },
      { scope: ['a', ''] },
      { scope: ['a b'] },
      { scope: null },
    ]
    for (const options of wrong)
      expect(() => createGuard(fakeAuth(), options as GuardOptions)).toThrow(TypeError)
  })

  test('H-22 I-33 does not start without an authenticator', () => {
    for (const none of [undefined, null, {}, 'secret', { authenticate: 'x' }, { authenticate: () => ({}) }])
      expect(() => createGuard(none as unknown as Authenticator)).toThrow(TypeError)
  })

  test('I-84 lets nobody pass when the authenticator answers nothing', async () => {
    for (const answer of [undefined, null, true, 'ada', {}]) {
      const auth: Authenticator = {
        transport: resolveTransport(),
        authenticate: () => answer as unknown as Principal,
      }
      await expect(guard(auth, bearer('x'), { optional: 'lenient' })).rejects.toThrow(TypeError)
    }
  })
})

describe('locations', () => {
  test('are tried in their order, and the first token is final', async () => {
    const auth = fakeAuth({ locations: ['json', 'query', 'headers'] })
    const json = { 'content-type': 'application/json' }
    const all = { method: 'POST', url: '/', headers: { ...json, authorization: 'Bearer good' } }
    expect(await guard(auth, view({ ...all, body: '{"access_token":"good"}' }))).toMatchObject({
      location: 'json',
    })
    expect(await codeOf(() => guard(auth, view({ ...all, body: '{"access_token":"bad"}' })))).toBe(
      'invalid_token',
    )
    expect(await guard(auth, view({ ...all, body: '{}' }))).toMatchObject({ location: 'headers' })
    expect(await guard(auth, view({ ...all, body: '' }))).toMatchObject({ location: 'headers' })
  })

  test('have the names and prefixes that were configured', async () => {
    const auth = fakeAuth({
      locations: ['headers', 'query', 'json'],
      header: { name: 'X-Token', scheme: '' },
      query: { name: 'jwt', prefix: 'T-' },
      json: { access: 'a', refresh: 'r' },
    })
    expect(await guard(auth, view({ headers: { 'x-token': ' good ' } }))).toMatchObject({
      location: 'headers',
    })
    expect(await guard(auth, view({ url: '/?jwt=T-good' }))).toMatchObject({ location: 'query' })
    expect(await codeOf(() => guard(auth, view({ url: '/?jwt=good' })))).toBe('invalid_token')
    const headers = { 'content-type': 'application/json' }
    const post = view({ method: 'POST', headers, body: '{"r":"good"}' })
    expect(await guard(auth, post, { refresh: true })).toMatchObject({ location: 'json' })
    expect(await codeOf(() => guard(auth, post))).toBe('missing_token')
  })

  test('read bodies that a framework has parsed, own members only', async () => {
    const auth = fakeAuth({ locations: 'json' })
    const headers = { 'content-type': 'Application/JSON;charset=utf-8' }
    expect(await guard(auth, view({ headers, body: { access_token: 'good' } }))).toMatchObject({
      location: 'json',
    })
    const inherited = Object.create({ access_token: 'good' })
    for (const body of [inherited, null, undefined, 7, 'x', ['good'], {}, { access_token: null }])
      expect(await codeOf(() => guard(auth, view({ headers, body })))).not.toBe('accepted')
  })

  test('T-23 read JSON strictly: a name twice, a wrong text, too deep', async () => {
    const auth = fakeAuth({ locations: 'json' })
    const headers = { 'content-type': 'application/json' }
    for (const body of [
      '{"access_token":"bad","access_token":"good"}',
      '{',
      `${'['.repeat(20)}${']'.repeat(20)}`,
    ])
      expect(await codeOf(() => guard(auth, view({ headers, body })))).toBe('invalid_request')
  })

  test('look into JSON itself, not into its relatives', async () => {
    const auth = fakeAuth({ locations: 'json' })
    for (const type of ['application/vnd.api+json', 'text/json', 'application/jsonp', 'text/plain', '']) {
      const request = view({ headers: { 'content-type': type }, body: '{"access_token":"good"}' })
      expect(await codeOf(() => guard(auth, request))).toBe('missing_token')
    }
  })
})

describe('a dialect', () => {
  const dialectWith = (locate: () => unknown): Authenticator =>
    ({
      ...fakeAuth(),
      transport: resolveTransport({ dialect: { locate: locate as never } }),
    }) as Authenticator

  test('finds the token in place of our own rules', async () => {
    const auth = dialectWith(() => ({ token: 'good', location: 'query', csrf: 'v' }))
    expect(await guard(auth, view())).toMatchObject({ location: 'query' })
  })

  test('lets a request pass without a principal only when it says so', async () => {
    expect(
      await guard(
        dialectWith(() => 'unasked'),
        view(),
      ),
    ).toBeNull()
    for (const answer of [undefined, null, {}, { token: 7 }, true])
      await expect(
        guard(
          dialectWith(() => answer),
          view(),
          { optional: true },
        ),
      ).rejects.toThrow(TypeError)
  })

  test('refuses with codes like our own rules, and optional routes take missing_token for nobody', async () => {
    const auth = dialectWith(() => {
      throw new AuthError('missing_token', 'Missing Authorization Header')
    })
    expect(await codeOf(() => guard(auth, view()))).toBe('missing_token')
    expect(await guard(auth, view(), { optional: true })).toBeNull()
  })
})
