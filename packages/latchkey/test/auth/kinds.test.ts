import { describe, expect, it } from 'vitest'
import { createJwtManager } from '../../src/auth/jwt-manager.ts'
import { createSessions } from '../../src/auth/sessions.ts'
import { createVerifier } from '../../src/auth/verifier.ts'
import { fromFlaskConfig } from '../../src/flask/index.ts'
import { signJwt } from '../../src/jwt/index.ts'
import { memoryStore } from '../../src/store/memory.ts'
import { codeOf } from './code-of.ts'
import { hs256, secret } from './known.ts'

const now = Math.floor(Date.now() / 1000)
const claims = {
  iss: 'latchkey',
  aud: 'latchkey',
  sub: '42',
  iat: now,
  nbf: now,
  exp: now + 600,
  jti: 'one of a kind',
  fresh: true,
}

describe('kinds of tokens', () => {
  it('I-50, T-17, T-25: each passes at its own places only, also where doors share a key', async () => {
    const sessions = createSessions({ store: memoryStore(), secret, loadUser: ({ sub }) => ({ id: sub }) })
    const manager = createJwtManager({ secret })
    const verifier = createVerifier({ issuer: 'latchkey', audience: 'latchkey', keys: hs256 })
    const flask = createJwtManager(fromFlaskConfig({ JWT_SECRET_KEY: secret }, { warn: () => {} }))
    const pair = await sessions.start('42')
    const signed = (typ: string | undefined, type: string | undefined): string =>
      signJwt(type === undefined ? claims : { ...claims, type }, hs256, typ === undefined ? {} : { typ })

    const tokens: Record<string, string> = {
      'access of a session': pair.accessToken,
      'refresh of a session': pair.refreshToken,
      access: await manager.createAccessToken('42'),
      refresh: await manager.createRefreshToken('42'),
      'access of Flask': await flask.createAccessToken('42'),
      'refresh of Flask': await flask.createRefreshToken('42'),
      'id token': signed('id+jwt', 'id'),
      'log-out token': signed('logout+jwt', 'access'),
      'access that says refresh': signed('at+jwt', 'refresh'),
      'refresh that says access': signed('rt+jwt', 'access'),
      'access without its claim': signed('at+jwt', undefined),
      'mail link': signed('mail+jwt', 'mail'),
    }
    const places: Record<string, readonly [act: (token: string) => unknown, takes: readonly string[]]> = {
      'a route': [(token) => sessions.authenticate(token), ['access of a session', 'access']],
      'the refresh of sessions': [(token) => sessions.refresh(token), ['refresh of a session']],
      'a route that asks for the refresh token': [
        (token) => sessions.authenticate(token, { refresh: true }),
        ['refresh of a session'],
      ],
      'a stateless route': [(token) => manager.authenticate(token), ['access of a session', 'access']],
      'a stateless route for refresh tokens': [
        (token) => manager.authenticate(token, { refresh: true }),
        ['refresh of a session', 'refresh'],
      ],
      'a service behind': [(token) => verifier.authenticate(token), ['access of a session', 'access']],
      'a refresh route of Flask': [
        (token) => flask.authenticate(token, { refresh: true }),
        ['refresh of a session', 'refresh', 'refresh of Flask'],
      ],
      // The last, because it ends the session.
      'the log-out of sessions': [
        (token) => sessions.endByToken(token),
        ['access of a session', 'refresh of a session'],
      ],
    }
    for (const [place, [act, takes]] of Object.entries(places)) {
      const passed = []
      for (const [kind, token] of Object.entries(tokens))
        if ((await codeOf(() => act(token))) === 'accepted') passed.push(kind)
      expect(passed, place).toEqual(takes)
    }
    await sessions.close()
  })

  it('I-51, T-14, T-16: tokens of a foreign issuer, without our typ, must say for whom and for how long all the same', async () => {
    const foreign = createVerifier({
      issuer: 'https://login.example',
      audience: 'orders',
      keys: hs256,
      requireTyp: false,
    })
    const good = { ...claims, iss: 'https://login.example', aud: ['orders', 'bills'] }
    const verdict = (changes: object): Promise<string> =>
      codeOf(() => foreign.authenticate(signJwt({ ...good, ...changes }, hs256, { typ: 'JWT' })))
    expect(await verdict({})).toBe('accepted')
    for (const changes of [
      { aud: undefined },
      { aud: [] },
      { aud: 'order' },
      { aud: [7] },
      { aud: { orders: true } },
      { exp: undefined },
      { exp: `${now + 600}` },
      { exp: null },
      { iat: now + 600 },
      { iat: '0' },
      { nbf: now + 600 },
      { iss: ['https://login.example'] },
      { iss: 'https://login.example/' },
      { sub: 42 },
    ])
      expect(await verdict(changes), JSON.stringify(changes)).toBe('invalid_token')
    expect(await verdict({ exp: now - 60 })).toBe('expired_token')
    expect(await verdict({ type: 'refresh' })).toBe('wrong_token_type')
  })
})
