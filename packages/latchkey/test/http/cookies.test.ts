import { describe, expect, test } from 'vitest'
import { type CookieOptions, resolveCookies } from '../../src/auth/cookie-settings.ts'
import type { TransportOptions } from '../../src/auth/transport.ts'
import { cookiesAgainst, cookiesFor } from '../../src/http/cookies.ts'
import { fakeAuth, view } from './fake.ts'

const tokenWith = (claims: object): string =>
  ['{"alg":"none"}', JSON.stringify(claims), 'x']
    .map((part) => Buffer.from(part).toString('base64url'))
    .join('.')

const access = tokenWith({ iat: 100, exp: 700, csrf: 'for-access' })
const refresh = tokenWith({ iat: 100, exp: 1300, csrf: 'for-refresh' })

function lines(options: TransportOptions, tokens = { accessToken: access }, call = {}): readonly string[] {
  const made = cookiesFor(fakeAuth({ locations: 'cookies', ...options }), tokens, call)
  return (made as readonly string[]).map((line) => line.replace(access, 'ACCESS').replace(refresh, 'REFRESH'))
}

describe('H-07 cookies that are set', () => {
  test('have every protection that browsers know, and live as long as their token', () => {
    const expected = '__Host-access_token=ACCESS; Path=/; Max-Age=600; HttpOnly; Secure; SameSite=Strict'
    expect(lines({})).toEqual([expected])
  })

  test('have the attributes that were configured, and the strongest prefix that allows them', () => {
    const line = (cookies: CookieOptions): string => String(lines({ cookies })[0])
    expect(line({ sameSite: 'lax' })).toMatch(/^__Host-access_token=ACCESS; .*SameSite=Lax$/)
    expect(line({ sameSite: 'none', partitioned: true })).toMatch(/; Secure; SameSite=None; Partitioned$/)
    expect(line({ domain: 'acme.example' })).toMatch(
      /^__Secure-access_token=ACCESS; Path=\/; Domain=acme\.example; /,
    )
    expect(line({ path: '/api' })).toMatch(/^__Secure-access_token=ACCESS; Path=\/api; /)
    expect(line({ path: { refresh: '/auth' } })).toMatch(/^__Host-access_token=/)
    expect(line({ persistent: false })).not.toContain('Max-Age')
    expect(line({ secure: 'except-loopback' })).toBe(
      'access_token=ACCESS; Path=/; Max-Age=600; HttpOnly; SameSite=Strict',
    )
    expect(line({ names: { access: 'sid' } })).toMatch(/^__Host-sid=/)
  })

  test('carry the double-submit values readably, each beside its token', () => {
    const both = { accessToken: access, refreshToken: refresh }
    expect(lines({ csrf: 'double-submit' }, both)).toEqual([
      '__Host-access_token=ACCESS; Path=/; Max-Age=600; HttpOnly; Secure; SameSite=Strict',
      '__Host-csrf_access_token=for-access; Path=/; Max-Age=600; Secure; SameSite=Strict',
      '__Host-refresh_token=REFRESH; Path=/; Max-Age=1200; HttpOnly; Secure; SameSite=Strict',
      '__Host-csrf_refresh_token=for-refresh; Path=/; Max-Age=1200; Secure; SameSite=Strict',
    ])
    expect(lines({ csrf: 'double-submit', doubleSubmit: { readable: false } }, both)).toHaveLength(2)
  })

  test('live as long as a call or the pair says', () => {
    expect(lines({}, { accessToken: access, ...{ expiresIn: 42 } })[0]).toContain('Max-Age=42;')
    expect(lines({}, undefined, { maxAge: 7 })[0]).toContain('Max-Age=7;')
    expect(lines({}, undefined, { maxAge: 1e9 })[0]).toContain(`Max-Age=${400 * 86_400};`)
  })

  test('I-86 let no attribute in through a value or a domain', () => {
    for (const token of [
      'a; Domain=evil.example',
      'a\r\nset-cookie: b',
      'a,b',
      'a b',
      'a"b',
      'a\\b',
      'ä',
      'a\u0000',
    ])
      expect(() => lines({}, { accessToken: token })).toThrow(TypeError)
    const call = { domain: 'acme.example; SameSite=None' }
    expect(() => lines({ cookies: { domain: 'acme.example' } }, undefined, call)).toThrow(TypeError)
    expect(() => lines({}, undefined, { domain: 'acme.example' })).toThrow('belongs to one host')
  })

  test('together stay within 4096 bytes', () => {
    expect(() => lines({}, { accessToken: 'x'.repeat(4000) })).not.toThrow()
    expect(() => lines({}, { accessToken: 'x'.repeat(4096) })).toThrow('Put less into the claims')
  })

  test('H-09 are not written over plain http to another machine', () => {
    const auth = fakeAuth({ locations: 'cookies', cookies: { secure: 'except-loopback' } })
    const write = (host: string) => (): unknown =>
      cookiesFor(auth, { accessToken: access }, {}, view({ headers: { host } }))
    expect(write('localhost:3000')).not.toThrow()
    expect(write('app.example')).toThrow('on this machine only')
  })
})

describe('S-07 cookies that are taken away', () => {
  test('have the attributes that they were set with', () => {
    const options = {
      locations: 'cookies',
      csrf: 'double-submit',
      cookies: { domain: 'acme.example', sameSite: 'none', partitioned: true },
    } as const
    const attributes = (line: string): unknown =>
      line
        .split('; ')
        .filter((part) => !/^(Max-Age|Expires)=/.test(part))
        .slice(1)
    const away = cookiesAgainst(fakeAuth(options))
    const set = lines(options, { accessToken: access, ...{ refreshToken: refresh } })
    expect(away.map(attributes)).toEqual(set.map(attributes))
    for (const line of away)
      expect(line).toMatch(/^[^=]+=; .*Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT/)
  })

  test('can be those of one token', () => {
    const names = (only?: 'access' | 'refresh'): string[] =>
      cookiesAgainst(fakeAuth({ csrf: 'double-submit' }), only ? { only } : {}).map(
        (line) => line.split('=')[0] ?? '',
      )
    expect(names('access')).toEqual(['__Host-access_token', '__Host-csrf_access_token'])
    expect(names('refresh')).toEqual(['__Host-refresh_token', '__Host-csrf_refresh_token'])
    expect(names()).toHaveLength(4)
  })
})

describe('a dialect', () => {
  test('spells cookies in place of our own rules', async () => {
    const dialect = { setCookies: async () => ['a=1'], unsetCookies: () => ['a='] }
    const auth = fakeAuth({ dialect })
    expect(await cookiesFor(auth, { accessToken: access })).toEqual(['a=1'])
    expect(cookiesAgainst(auth)).toEqual(['a='])
  })
})

describe('cookie options that cannot work', () => {
  test('H-07 H-09 do not start', () => {
    const wrong: unknown[] = [
      { secure: false },
      { secure: 'never' },
      { secure: 'except-loopback', sameSite: 'none' },
      { secure: 'except-loopback', partitioned: true },
      { sameSite: 'Strict' },
      { domain: 'acme.example; x' },
      { domain: '.acme.example' },
      { domain: 'localhost' },
      { domain: '' },
      { path: 'api' },
      { path: '/a;b' },
      { path: '' },
      { names: { access: '__Host-a' } },
      { names: { access: '__sEcUrE-a' } },
      { names: { access: 'a b' } },
      { names: { access: 'a=b' } },
      { names: { access: '' } },
      { names: { access: 'same', refresh: 'same' } },
    ]
    for (const options of wrong) expect(() => resolveCookies(options as CookieOptions)).toThrow(TypeError)
  })
})
