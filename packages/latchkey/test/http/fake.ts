import type { Authenticator, Principal, Requirement } from '../../src/auth/principal.ts'
import type { RequestView, TransportOptions } from '../../src/auth/transport.ts'
import { resolveTransport } from '../../src/auth/transport.ts'
import { AuthError } from '../../src/base/errors.ts'

/** What an authenticator was asked. */
export interface Asked {
  readonly token: string
  readonly requirement: Requirement | undefined
  readonly location: unknown
}

/** Takes the token `good`, at once; refuses others as their name says. Keeps what it was asked. */
export function fakeAuth(options: TransportOptions = {}): Authenticator<null> & { readonly asked: Asked[] } {
  const asked: Asked[] = []
  return {
    asked,
    transport: resolveTransport(options),
    authenticate(token, requirement, location = null) {
      asked.push({ token, requirement, location })
      if (token === 'good') return principalAt(location)
      if (token === 'later') return Promise.resolve(principalAt(location))
      if (token === 'bug') throw new RangeError('a bug')
      throw new AuthError(token === 'expired' ? 'expired_token' : 'invalid_token', 'No.')
    },
  }
}

function principalAt(location: Principal['location']): Principal<null> {
  return {
    identity: 'ada',
    sessionId: null,
    claims: {},
    user: null,
    header: {},
    location,
  } as unknown as Principal<null>
}

/** A request as data. */
export interface FakeRequest {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly url?: string
  readonly body?: unknown
}

export function view({ method = 'GET', headers = {}, url = '/', body }: FakeRequest = {}): RequestView {
  return {
    method,
    header: (name) => headers[name],
    query: (name) => new URLSearchParams(url.split('?')[1] ?? '').getAll(name),
    body: () => (typeof body === 'string' ? Buffer.from(body) : body),
  }
}
