import { describe, expect, it } from 'vitest'
import { createLog } from '../src/log.ts'
import { bearer, listen, PASSWORD, signUp } from './in-process.ts'

function collector(isTTY: boolean): {
  readonly lines: string[]
  readonly stream: { isTTY: boolean; write(line: string): boolean }
} {
  const lines: string[] = []
  return { lines, stream: { isTTY, write: (line) => lines.push(line) > 0 } }
}

describe('the log', () => {
  it('names the check that refused a request, and holds no secret at any level (G-01, G-04)', async () => {
    const { lines, stream } = collector(false)
    const server = await listen({ log: createLog('trace', stream) })
    const { access_token, refresh_token } = await signUp(server.url, 'ada')
    const forged = `${access_token.slice(0, -4)}AAAA`
    await fetch(`${server.url}/protected`, bearer(forged))
    await fetch(`${server.url}/${access_token}?token=${access_token}`, bearer(refresh_token))
    await fetch(`${server.url}/sessions/${access_token}`, { method: 'DELETE', ...bearer(access_token) })
    await fetch(`${server.url}/refresh`, { method: 'POST', ...bearer(refresh_token) })
    await server.close()
    const entries = lines.map((line) => JSON.parse(line))
    expect(entries).toContainEqual(
      expect.objectContaining({
        level: 'info',
        route: '/protected',
        status: 401,
        error: 'invalid_token',
        reason: 'signature',
      }),
    )
    expect(entries).toContainEqual(
      expect.objectContaining({ route: 'unknown', status: 404, error: 'not_found' }),
    )
    expect(entries).toContainEqual(expect.objectContaining({ route: '/sessions/:id', status: 404 }))
    for (const { time } of entries) expect(time).toMatch(/^\d{4}-.*Z$/)
    for (const canary of [PASSWORD, access_token, refresh_token, forged, access_token.split('.')[2]]) {
      expect(lines.join()).not.toContain(canary)
    }
  })

  it('says why a service was refused, too (G-04)', async () => {
    const { lines, stream } = collector(false)
    const credential = 'what-the-orders-show-when-they-ask'
    const server = await listen({ log: createLog('info', stream), serviceCredentials: [credential] })
    const asks = [
      { path: '/introspect', method: 'POST', reason: 'credential' },
      { path: '/revocations', method: 'GET', reason: 'credential' },
      { path: '/revoke', method: 'POST', reason: 'token' },
    ]
    for (const { path, method } of asks) {
      const body = method === 'GET' ? null : new URLSearchParams({ a: 'b' })
      await fetch(`${server.url}${path}`, { method, body, ...bearer(`${credential}x`) })
    }
    await server.close()
    const entries = lines.map((line) => JSON.parse(line))
    for (const { path, reason } of asks)
      expect(entries).toContainEqual(expect.objectContaining({ route: path, reason }))
  })

  it('is for people at a terminal, and for machines elsewhere', () => {
    const person = collector(true)
    createLog('info', person.stream).info({ status: 200 }, 'request')
    expect(person.lines).toEqual([
      expect.stringMatching(/^\d\d:\d\d:\d\d\.\d{3} info {2}request status=200\n$/),
    ])
    const machine = collector(false)
    createLog('info', machine.stream).info({ password: PASSWORD, request: { cookie: 'a=b' } }, 'careless')
    expect(JSON.parse(machine.lines[0]!)).toMatchObject({
      level: 'info',
      password: '[Redacted]',
      request: { cookie: '[Redacted]' },
    })
  })

  it('an error nobody expected answers 500 without its words, which are in the log (H-19)', async () => {
    const { lines, stream } = collector(false)
    const server = await listen({ log: createLog('info', stream) })
    Object.assign(server.store.users, {
      findByKey: () => Promise.reject(new RangeError('select * from inner_things')),
    })
    const response = await fetch(`${server.url}/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ username: 'ada', password: PASSWORD }),
    })
    expect(response.status).toBe(500)
    expect(await response.json()).toEqual({ error: 'internal_error', msg: expect.any(String) })
    expect(lines.join()).toContain('inner_things')
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200)
    await server.close()
  })
})
