import { createJwtManager, type JwtManager, type JwtManagerOptions } from 'latchkey'
import { type FlaskConfig, fromFlaskConfig } from 'latchkey/flask'
import { createGuard, type GuardOptions, type Problem, toProblem } from 'latchkey/http'
import { secretKey, signJwt } from 'latchkey/jwt'

export const SECRET = 'a secret of these tests, at least 32 bytes long'

/** A manager of the dialect, silent, with hooks beside it. */
export function managed(
  config: FlaskConfig = {},
  hooks: Omit<JwtManagerOptions<unknown, unknown>, 'rules'> = {},
): JwtManager<unknown, unknown> {
  const options = fromFlaskConfig({ JWT_SECRET_KEY: SECRET, ...config }, { warn: () => {} })
  return createJwtManager<unknown, unknown>({ ...(options as object), ...hooks })
}

/** A token with just these claims, signed with the secret of the tests. */
export function forged(claims: object, header: object = { typ: 'JWT' }): string {
  return signJwt(claims, secretKey(SECRET), header)
}

export interface Asked extends GuardOptions {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly query?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
}

/** What a guarded route answers: the principal's identity, or the refusal as HTTP. */
export async function ask(jwt: JwtManager<unknown, unknown>, request: Asked): Promise<unknown> {
  const { method = 'GET', headers = {}, query = {}, body = '', ...options } = request
  try {
    const principal = await createGuard(
      jwt,
      options,
    )({
      method,
      header: (name) => headers[name],
      query: (name) => (query[name] === undefined ? [] : [query[name]]),
      body: () => (typeof body === 'string' ? Buffer.from(body) : body),
    })
    return principal === null ? null : principal.identity
  } catch (error) {
    const { status, body: answer } = toProblem(error, jwt.transport) as Problem
    return [status, ...Object.values(answer as object)]
  }
}

export const bearer = (token: string): { readonly authorization: string } => ({
  authorization: `Bearer ${token}`,
})

/** The claims of a token, as its text says them. */
export function claimsIn(token: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString('utf8'))
}

/** The header of a token, as its text says it. */
export function headerIn(token: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(token.split('.')[0]!, 'base64url').toString('utf8'))
}
