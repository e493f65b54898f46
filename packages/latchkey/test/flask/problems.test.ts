import { AuthError, createJwtManager, tokenOf } from 'latchkey'
import { fromFlaskConfig, unverifiedHeader } from 'latchkey/flask'
import { toProblem } from 'latchkey/http'
import { describe, expect, it } from 'vitest'
import { ask, bearer, forged, managed, SECRET } from './managed.ts'

describe('answers', () => {
  it('have the text under the configured key and no header but the content type', () => {
    const jwt = managed({ JWT_ERROR_MESSAGE_KEY: 'error' })
    expect(toProblem(new AuthError('revoked_token', 'x'), jwt.transport)).toEqual({
      status: 401,
      headers: { 'content-type': 'application/json' },
      body: { error: 'Token has been revoked' },
    })
  })

  it('go by our own table where the peer has none', () => {
    const { transport } = managed()
    const statusOf = (code: 'insufficient_scope' | 'unavailable' | 'too_large'): unknown =>
      toProblem(new AuthError(code, 'x', { retryAfter: 2 }), transport)
    expect(statusOf('insufficient_scope')).toMatchObject({ status: 403, body: { msg: 'x' } })
    expect(statusOf('unavailable')).toMatchObject({ status: 503, headers: { 'retry-after': '2' } })
    expect(statusOf('too_large')).toMatchObject({ status: 413 })
  })

  it('can be worded by one hook, which sees the token that the refusal is about', async () => {
    const options = fromFlaskConfig({ JWT_SECRET_KEY: SECRET }, { warn: () => {} })
    const jwt = createJwtManager({
      ...options,
      answer: (error, problem) => ({
        ...problem,
        body: { code: error.code, who: tokenOf(error)?.claims.sub ?? null },
      }),
    })
    const asked = (token: string, fresh = false): Promise<unknown> =>
      ask(jwt as never, { headers: bearer(token), fresh })
    expect(await asked(forged({ sub: '42', exp: 1000 }))).toEqual([401, 'expired_token', '42'])
    expect(await asked(forged({ sub: '42' }), true)).toEqual([401, 'fresh_token_required', '42'])
    expect(await asked(`${forged({ sub: '42' })}x`)).toEqual([422, 'invalid_token', null])
  })

  it('an expired token is shown with the defaults that the peer fills in', () => {
    const jwt = managed()
    let error: unknown
    try {
      void jwt.authenticate(forged({ sub: '42', exp: 1000 }))
    } catch (thrown) {
      error = thrown
    }
    expect(tokenOf(error as AuthError)?.claims).toMatchObject({ type: 'access', fresh: false, jti: null })
  })

  it('T-29: one error that a hook throws for many shows each request its own token', async () => {
    const constant = new AuthError('claims_rejected', 'no')
    const jwt = managed(
      {},
      {
        acceptClaims: () => {
          throw constant
        },
      },
    )
    const errors = [forged({ sub: 'a' }), forged({ sub: 'b' })].map((token) => {
      try {
        return jwt.authenticate(token)
      } catch (error) {
        return error
      }
    })
    expect(errors.map((error) => tokenOf(error as AuthError)?.claims.sub)).toEqual(['a', 'b'])
  })
})

describe('unverifiedHeader', () => {
  it('shows what nobody has verified, and only that', () => {
    const none = Buffer.from('{"alg":"none","x":1}').toString('base64url')
    expect(unverifiedHeader(`${none}.junk.`)).toEqual({ alg: 'none', x: 1 })
    for (const [token, text] of [
      ['junk', 'Not enough segments'],
      ['e30.a.', 'Invalid payload padding'],
      ['_w.e30.', 'Invalid header string: '],
      ['W10.e30.', 'Invalid header string: must be a json object'],
      [`${Buffer.from('{"kid":5}').toString('base64url')}.e30.`, 'Key ID header parameter must be a string'],
    ])
      expect(() => unverifiedHeader(token!)).toThrow(text!)
  })
})
