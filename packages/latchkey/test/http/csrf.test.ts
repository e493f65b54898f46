import { describe, expect, test } from 'vitest'
import type { TransportOptions } from '../../src/auth/transport.ts'
import { resolveTransport } from '../../src/auth/transport.ts'
import { requireOwnPage } from '../../src/http/csrf.ts'
import { guard } from '../../src/http/guard.ts'
import { codeOf } from '../auth/code-of.ts'
import { type FakeRequest, fakeAuth, view } from './fake.ts'

const cookie = '__Host-access_token=good'
const own = { host: 'app.example', origin: 'https://app.example' }

/** What becomes of a request that carries a good token in a cookie. */
function outcome(options: TransportOptions, { headers, ...request }: FakeRequest): Promise<string> {
  const auth = fakeAuth({ locations: 'cookies', ...options })
  return codeOf(() => guard(auth, view({ method: 'POST', ...request, headers: { cookie, ...headers } })))
}

describe('H-10 the origin check', () => {
  test('asks for nothing on methods that change nothing', async () => {
    for (const method of ['GET', 'HEAD', 'OPTIONS']) {
      expect(await outcome({}, { method, headers: { 'sec-fetch-site': 'cross-site' } })).toBe('accepted')
    }
  })

  test('asks on every other method, known or not', async () => {
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'QUERY', 'get', 'PROPFIND'])
      expect([method, await outcome({}, { method, headers: {} })]).toEqual([method, 'csrf_failed'])
  })

  test('goes by Fetch Metadata where it is sent, whatever Origin says', async () => {
    const sent = (site: string): Promise<string> =>
      outcome({}, { headers: { ...own, 'sec-fetch-site': site } })
    expect(await sent('same-origin')).toBe('accepted')
    expect(await sent('none')).toBe('accepted')
    for (const site of ['cross-site', 'same-site', 'Same-Origin', 'x'])
      expect(await sent(site)).toBe('csrf_failed')
  })

  test('takes pages of the same site where they are listed, and never of another site', async () => {
    const options = { origins: ['https://www.app.example'] }
    const headers = { ...own, origin: 'https://www.app.example' }
    expect(await outcome(options, { headers: { ...headers, 'sec-fetch-site': 'same-site' } })).toBe(
      'accepted',
    )
    expect(await outcome(options, { headers: { ...headers, 'sec-fetch-site': 'cross-site' } })).toBe(
      'csrf_failed',
    )
    expect(await outcome(options, { headers: { ...own, 'sec-fetch-site': 'same-site' } })).toBe('csrf_failed')
  })

  test('goes by Origin without Fetch Metadata: the own host over https, or a listed one', async () => {
    const sent = (origin: string, host = 'app.example', options: TransportOptions = {}): Promise<string> =>
      outcome(options, { headers: { host, origin } })
    expect(await sent('https://app.example')).toBe('accepted')
    expect(await sent('https://app.example', 'APP.example:443')).toBe('accepted')
    expect(await sent('https://app.example:8443', 'app.example:8443')).toBe('accepted')
    expect(await sent('http://localhost:3000', 'localhost:3000')).toBe('accepted')
    expect(await sent('https://other.example', 'app.example', { origins: ['https://other.example'] })).toBe(
      'accepted',
    )
    const foreign = [
      'null',
      '',
      'http://app.example',
      'https://app.example.evil.example',
      'https://xapp.example',
    ]
    for (const origin of [
      ...foreign,
      'https://app.example:8443',
      'file://',
      'app.example',
      'https://evil.example',
    ])
      expect([origin, await sent(origin)]).toEqual([origin, 'csrf_failed'])
  })

  test('covers requests that would bring cookies home, and lets programs without a page sign in', async () => {
    const check = (
      headers: Readonly<Record<string, string>>,
      options: TransportOptions = {},
    ): Promise<string> =>
      codeOf(() =>
        requireOwnPage(
          view({ method: 'POST', headers }),
          resolveTransport({ locations: 'cookies', ...options }),
        ),
      )
    expect(await check({ 'sec-fetch-site': 'cross-site' })).toBe('csrf_failed')
    expect(await check({ host: 'app.example', origin: 'https://evil.example' })).toBe('csrf_failed')
    expect(await check({})).toBe('accepted')
    expect(await check(own)).toBe('accepted')
    expect(await check({ 'sec-fetch-site': 'cross-site' }, { locations: 'headers' })).toBe('accepted')
    expect(await check({ 'sec-fetch-site': 'cross-site' }, { csrf: 'double-submit' })).toBe('csrf_failed')
  })

  test('can be switched off, and then SameSite stands alone', async () => {
    expect(await outcome({ csrf: false }, { headers: { 'sec-fetch-site': 'cross-site' } })).toBe('accepted')
  })
})

describe('double submit', () => {
  const options = { csrf: 'double-submit', locations: 'cookies' } as const

  test('hands the value of the header to authenticating, which compares it with the claim', async () => {
    const auth = fakeAuth(options)
    const headers = { cookie, 'x-csrf-token': 'value' }
    await guard(auth, view({ method: 'POST', headers }))
    await guard(auth, view({ method: 'POST', headers }), { scope: 'a' })
    await guard(auth, view({ headers }))
    expect(auth.asked.map(({ requirement }) => requirement)).toEqual([
      { csrf: 'value' },
      { scope: 'a', csrf: 'value' },
      {},
    ])
  })

  test('refuses a request without the value, also where a token is optional', async () => {
    expect(await outcome(options, { headers: {} })).toBe('csrf_failed')
    expect(await outcome(options, { headers: { 'x-csrf-token': '' } })).toBe('csrf_failed')
    const auth = fakeAuth(options)
    const request = view({ method: 'POST', headers: { cookie } })
    expect(await codeOf(() => guard(auth, request, { optional: true }))).toBe('csrf_failed')
  })

  test('reads the header and the form field that were configured, the header first', async () => {
    const auth = fakeAuth({ ...options, doubleSubmit: { header: 'X-Proof', field: 'proof' } })
    const form = { cookie, 'content-type': 'application/x-www-form-urlencoded' }
    await guard(auth, view({ method: 'POST', headers: form, body: 'a=1&proof=of%20the+form&proof=2' }))
    await guard(auth, view({ method: 'POST', headers: form, body: { proof: ['parsed'] } }))
    await guard(auth, view({ method: 'POST', headers: { ...form, 'x-proof': 'header' }, body: 'proof=form' }))
    expect(auth.asked.map(({ requirement }) => requirement?.csrf)).toEqual([
      'of the form',
      'parsed',
      'header',
    ])
    for (const body of ['', 'proof=', 'other=1', { proof: 7 }, {}, null])
      expect(await codeOf(() => guard(auth, view({ method: 'POST', headers: form, body })))).toBe(
        'csrf_failed',
      )
  })

  test('looks into no form unless one is configured', async () => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    expect(await outcome(options, { headers, body: 'csrf_token=x' })).toBe('csrf_failed')
  })
})

describe('H-09 cookies over plain http', () => {
  const options = { cookies: { secure: 'except-loopback' } } as const

  test('are believed on this machine only', async () => {
    const sent = (host: string): Promise<string> =>
      outcome(options, { method: 'GET', headers: { host, cookie: 'access_token=good' } })
    for (const host of [
      'localhost',
      'localhost:3000',
      'app.localhost:80',
      '127.0.0.1:8080',
      '127.1.2.3',
      '[::1]:3000',
    ])
      expect([host, await sent(host)]).toEqual([host, 'accepted'])
    for (const host of [
      'app.example',
      '10.0.0.1',
      'localhost.evil.example',
      '127.0.0.1.evil.example',
      '[::2]',
      '',
    ])
      expect([host, await sent(host)]).toEqual([host, 'invalid_request'])
  })

  test('take pages of their own over plain http', async () => {
    const headers = { host: 'localhost:3000', origin: 'http://localhost:3000', cookie: 'access_token=good' }
    expect(await outcome(options, { headers })).toBe('accepted')
  })
})
