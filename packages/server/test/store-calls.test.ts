import type { Store } from 'latchkey'
import { sqliteStore } from 'latchkey/store/sqlite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bearer, type Listening, listen, signUp } from './in-process.ts'

const calls: string[] = []

/** The store, with the name of each verb that is called written down. */
function counted(store: Store): Store {
  const ports = Object.entries(store).map(([port, value]) => {
    if (typeof value !== 'object') return [port, value]
    const verbs = Object.entries(value as Record<string, (...args: unknown[]) => unknown>).map(
      ([verb, call]) => [
        verb,
        (...args: unknown[]) => {
          calls.push(`${port}.${verb}`)
          return call(...args)
        },
      ],
    )
    return [port, Object.fromEntries(verbs)]
  })
  return Object.fromEntries(ports)
}

describe('a guarded request', () => {
  let server: Listening
  beforeAll(async () => {
    server = await listen({ store: counted(await sqliteStore(':memory:')) })
  })
  afterAll(() => server.close())
  const visit = async (token: string): Promise<number> =>
    (await fetch(`${server.url}/protected`, bearer(token))).status

  it('asks the store nothing', async () => {
    const { access_token } = await signUp(server.url, 'ada')
    expect(await visit(access_token)).toBe(200)
    calls.length = 0
    for (let visits = 0; visits < 50; visits++) expect(await visit(access_token)).toBe(200)
    // The revocation feed looks on its own, every two seconds, whether or not there are requests.
    expect(calls.filter((call) => call !== 'revocations.since')).toEqual([])
  })

  it('is refused as soon as its session was revoked', async () => {
    const { access_token } = await signUp(server.url, 'bob')
    const { sessionId } = await server.auth.authenticate(access_token)
    expect(await visit(access_token)).toBe(200)
    await server.auth.end(sessionId!)
    expect(await visit(access_token)).toBe(401)
  })

  it('is refused as soon as its user logged out', async () => {
    const { access_token, refresh_token } = await signUp(server.url, 'eve')
    await fetch(`${server.url}/logout`, { method: 'POST', ...bearer(refresh_token) })
    expect(await visit(access_token)).toBe(401)
  })
})
