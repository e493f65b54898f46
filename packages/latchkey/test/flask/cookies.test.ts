import { cookiesAgainst, cookiesFor } from 'latchkey/http'
import { describe, expect, it } from 'vitest'
import { readCookies, writeValue } from '../../src/flask/cookie-text.ts'
import { claimsIn, forged, managed } from './managed.ts'

describe('cookies that are set', () => {
  it('are those of the peer, with a readable one for the CSRF value', async () => {
    const jwt = managed({
      JWT_COOKIE_SECURE: true,
      JWT_COOKIE_SAMESITE: 'lax',
      JWT_ACCESS_COOKIE_PATH: '/api',
    })
    const accessToken = await jwt.createAccessToken('42')
    expect(await cookiesFor(jwt, { accessToken })).toEqual([
      `access_token_cookie=${accessToken}; Path=/api; HttpOnly; Secure; SameSite=Lax`,
      `csrf_access_token=${claimsIn(accessToken)['csrf']}; Path=/; Secure; SameSite=Lax`,
    ])
  })

  it('are kept for a year where they do not end with the browser, or as long as the call says', async () => {
    const jwt = managed({ JWT_SESSION_COOKIE: false, JWT_CSRF_IN_COOKIES: false })
    const refreshToken = await jwt.createRefreshToken('42')
    const lifeIn = async (maxAge?: number): Promise<string | undefined> => {
      const [line] = await cookiesFor(jwt, { refreshToken }, maxAge === undefined ? {} : { maxAge })
      return /Expires=[^;]+; Max-Age=(-?\d+)/.exec(line!)?.[1]
    }
    expect([await lifeIn(), await lifeIn(0), await lifeIn(60), await lifeIn(-1)]).toEqual([
      '31540000',
      '31540000',
      '60',
      '-1',
    ])
  })

  it('take a domain of the call, without a leading dot, and nothing that is none', async () => {
    const jwt = managed({ JWT_COOKIE_DOMAIN: '.acme.example', JWT_CSRF_IN_COOKIES: false })
    const accessToken = await jwt.createAccessToken('42')
    expect((await cookiesFor(jwt, { accessToken }))[0]).toContain('; Domain=acme.example')
    expect((await cookiesFor(jwt, { accessToken }, { domain: '.b.example' }))[0]).toContain(
      '; Domain=b.example',
    )
    await expect(cookiesFor(jwt, { accessToken }, { domain: 'a; HttpOnly' })).rejects.toThrow(TypeError)
  })

  it.each([
    ['..acme.example', 'acme.example'],
    ['acme.example:8080', 'acme.example'],
    ['a_b.acme.example', 'a_b.acme.example'],
    ['m\u00fcnchen.example', 'xn--mnchen-3ya.example'],
    ['ACME.example', 'ACME.example'],
    ['127.0.0.1', '127.0.0.1'],
  ])('name the domain %s as %s', async (domain, written) => {
    const ofConfig = managed({ JWT_COOKIE_DOMAIN: domain })
    expect(cookiesAgainst(ofConfig)[0]).toMatch(new RegExp(`; Domain=${written}$`))
    expect(cookiesAgainst(managed(), { domain })[0]).toMatch(new RegExp(`; Domain=${written}$`))
  })

  it('write a path in the characters of a URL', async () => {
    const jwt = managed({
      JWT_ACCESS_COOKIE_PATH: '/a b;\u00e4/%41',
      JWT_REFRESH_COOKIE_PATH: "/!$&'()*+,:=@~",
    })
    const lines = cookiesAgainst(jwt)
    expect(lines[0]).toContain('; Path=/a%20b%3B%C3%A4/%41;')
    expect(lines[2]).toContain("; Path=/!$&'()*+,:=@~;")
  })

  it('take no lifetime that is none', async () => {
    const jwt = managed()
    const accessToken = await jwt.createAccessToken('42')
    for (const maxAge of [Number.POSITIVE_INFINITY, 1e300, 'soon' as unknown as number])
      await expect(cookiesFor(jwt, { accessToken }, { maxAge })).rejects.toThrow(/^maxAge: expected /)
  })

  it('are set for the token of a call alone, and whether or not cookies are looked at', async () => {
    const jwt = managed({ JWT_TOKEN_LOCATION: 'headers' })
    const refreshToken = await jwt.createRefreshToken('42')
    const names = (await cookiesFor(jwt, { refreshToken })).map((line) => line.split('=')[0])
    expect(names).toEqual(['refresh_token_cookie', 'csrf_refresh_token'])
    expect(await cookiesFor(jwt, {})).toEqual([])
  })

  it('without CSRF protection are set for any text', async () => {
    const [line, ...others] = await cookiesFor(managed({ JWT_COOKIE_CSRF_PROTECT: false }), {
      accessToken: 'junk',
    })
    expect(line).toBe('access_token_cookie=junk; Path=/; HttpOnly')
    expect(others).toEqual([])
  })

  it('T-16: are not set where the audience that is written is not the one that is expected', async () => {
    const jwt = managed({ JWT_ENCODE_AUDIENCE: 'a', JWT_DECODE_AUDIENCE: 'b' })
    const accessToken = await jwt.createAccessToken('42')
    await expect(cookiesFor(jwt, { accessToken })).rejects.toMatchObject({
      message: "Audience doesn't match",
    })
  })

  it('are not set for a token that would be refused', async () => {
    const jwt = managed()
    for (const [token, code] of [
      [forged({ sub: '42', exp: 1000, csrf: 'a' }), 'expired_token'],
      [forged({ sub: '42' }), 'invalid_token'],
      [forged({ sub: '42', csrf: 5 }), 'invalid_token'],
      ['junk', 'invalid_token'],
    ] as const)
      await expect(cookiesFor(jwt, { accessToken: token })).rejects.toMatchObject({ code })
  })

  it('H-07: hold any text without letting an attribute in', () => {
    const text = 'a"; Domain=evil.example; \\ caf\u00e9\r\n'
    expect(writeValue(text)).toMatch(/^"[^;\r\n]*"$/)
    const back = readCookies(`a=${writeValue(text)}`).get('a') ?? ''
    expect(Buffer.from(back, 'latin1').toString('utf8')).toBe(text)
  })
})

describe('cookies that are unset', () => {
  it('have the attributes that they were set with', () => {
    const jwt = managed({ JWT_COOKIE_DOMAIN: 'acme.example', JWT_COOKIE_SECURE: true })
    const end = 'Expires=Thu, 01 Jan 1970 00:00:00 GMT'
    expect(cookiesAgainst(jwt, { only: 'refresh' })).toEqual([
      `refresh_token_cookie=; ${end}; Path=/; HttpOnly; Domain=acme.example; Secure`,
      `csrf_refresh_token=; ${end}; Path=/; Domain=acme.example; Secure`,
    ])
    expect(cookiesAgainst(jwt)).toHaveLength(4)
  })

  it('leave out the CSRF cookies where there are none', () => {
    expect(cookiesAgainst(managed({ JWT_COOKIE_CSRF_PROTECT: false }))).toHaveLength(2)
  })
})
