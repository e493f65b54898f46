import { type FlaskConfig, fromFlaskConfig } from 'latchkey/flask'
import { describe, expect, it, vi } from 'vitest'
import { createJwtManager } from '../../src/index.ts'
import { SECRET } from './managed.ts'

function warningsOf(config: FlaskConfig): string[] {
  const warnings: string[] = []
  fromFlaskConfig({ JWT_SECRET_KEY: SECRET, ...config }, { warn: (message) => warnings.push(message) })
  return warnings
}

const about = (warnings: readonly string[], name: string): readonly string[] =>
  warnings.filter((message) => message.startsWith(name))

describe('what is looser than our own defaults is said once, with what ends it', () => {
  it.each<[string, FlaskConfig, FlaskConfig]>([
    ['JWT_SECRET_KEY', { JWT_SECRET_KEY: 'short' }, {}],
    ['JWT_ACCESS_TOKEN_EXPIRES', { JWT_ACCESS_TOKEN_EXPIRES: false }, {}],
    ['JWT_REFRESH_TOKEN_EXPIRES', { JWT_REFRESH_TOKEN_EXPIRES: false }, {}],
    ['JWT_VERIFY_SUB', { JWT_VERIFY_SUB: false }, {}],
    ['JWT_DECODE_ISSUER', {}, { JWT_DECODE_ISSUER: 'auth' }],
    ['JWT_DECODE_AUDIENCE', {}, { JWT_DECODE_AUDIENCE: 'api' }],
    ['JWT_TOKEN_LOCATION', { JWT_TOKEN_LOCATION: 'query_string' }, { JWT_TOKEN_LOCATION: 'headers' }],
    [
      'JWT_COOKIE_SECURE',
      { JWT_TOKEN_LOCATION: 'cookies' },
      { JWT_TOKEN_LOCATION: 'cookies', JWT_COOKIE_SECURE: true },
    ],
    [
      'JWT_COOKIE_SAMESITE',
      { JWT_TOKEN_LOCATION: 'cookies' },
      { JWT_TOKEN_LOCATION: 'cookies', JWT_COOKIE_SAMESITE: 'Lax' },
    ],
    ['JWT_COOKIE_CSRF_PROTECT', { JWT_TOKEN_LOCATION: 'cookies', JWT_COOKIE_CSRF_PROTECT: false }, {}],
    ['JWT_CSRF_METHODS', { JWT_TOKEN_LOCATION: 'cookies', JWT_CSRF_METHODS: ['post'] }, {}],
  ])('%s', (name, loose, strict) => {
    expect(about(warningsOf(loose), name)).toHaveLength(1)
    expect(about(warningsOf(strict), name)).toHaveLength(0)
  })

  it('T-04: a weak secret is named without being shown', () => {
    const [warning = ''] = about(warningsOf({ JWT_SECRET_KEY: 'hunter2hunter2' }), 'JWT_SECRET_KEY')
    expect(warning).toContain('32 bytes')
    expect(warning).not.toContain('hunter2')
  })

  it('T-14: tokens without an end are mentioned, and acceptClaims ends them', async () => {
    const warnings = warningsOf({})
    expect(warnings.filter((message) => message.includes('acceptClaims'))).toHaveLength(1)
    const options = fromFlaskConfig({ JWT_SECRET_KEY: SECRET }, { warn: () => {} })
    const jwt = createJwtManager({ ...options, acceptClaims: ({ exp }) => typeof exp === 'number' })
    const token = await jwt.createAccessToken('42', { expiresIn: false })
    expect(() => jwt.authenticate(token)).toThrow(expect.objectContaining({ code: 'claims_rejected' }))
  })

  it('a life of zero and a subject that is no text are said when they first happen, once', async () => {
    const warn = vi.fn()
    const jwt = createJwtManager<null, unknown>(
      fromFlaskConfig({ JWT_SECRET_KEY: SECRET }, { warn }) as never,
    )
    const atStart = warn.mock.calls.length
    for (const _ of [1, 2]) {
      await jwt.createAccessToken(42)
      await jwt.createAccessToken('42', { expiresIn: 0 })
    }
    expect(warn.mock.calls.slice(atStart)).toHaveLength(2)
  })

  it('goes to the warnings of the process where nobody asks for it', async () => {
    const emitted = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    fromFlaskConfig({ JWT_SECRET_KEY: SECRET })
    expect(emitted).toHaveBeenCalledWith(expect.any(String), { type: 'LatchkeyFlaskWarning' })
    emitted.mockRestore()
  })
})
