import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import Fastify from 'fastify'
import { Hono } from 'hono'
import { type Auth, createAuth } from 'latchkey'
import * as onExpress from 'latchkey/express'
import * as onFastify from 'latchkey/fastify'
import * as onHono from 'latchkey/hono'
import { type RequestHeaders, testAuth } from 'latchkey/testing'
import { afterAll, describe, expect, it } from 'vitest'

type Ask = (method: 'GET' | 'DELETE', path: string, headers: RequestHeaders) => Promise<number>
const closing: (() => unknown)[] = []
afterAll(() => Promise.all(closing.map((close) => close())))

const frameworks: Readonly<Record<string, (auth: Auth) => Promise<Ask>>> = {
  async 'Hono, app.request'(auth) {
    const app = new Hono()
    app.get('/open', (c) => c.text('hello'))
    app.get('/me', onHono.jwtRequired(auth), (c) => c.text('hello'))
    app.delete('/account', onHono.jwtRequired(auth, { fresh: '5m' }), (c) => c.body(null, 204))
    return async (method, path, headers) => (await app.request(path, { method, headers })).status
  },
  async 'Fastify, inject'(auth) {
    const app = Fastify()
    app.get('/open', async () => 'hello')
    app.get('/me', { preHandler: onFastify.jwtRequired(auth) }, async () => 'hello')
    const recent = { preHandler: onFastify.jwtRequired(auth, { fresh: '5m' }) }
    app.delete('/account', recent, async (_, reply) => reply.code(204).send())
    closing.push(() => app.close())
    return async (method, url, headers) => (await app.inject({ method, url, headers })).statusCode
  },
  async 'Express, over HTTP'(auth) {
    const app = express()
    app.get('/open', (_, res) => void res.send('hello'))
    app.get('/me', onExpress.jwtRequired(auth), (_, res) => void res.send('hello'))
    app.delete(
      '/account',
      onExpress.jwtRequired(auth, { fresh: '5m' }),
      (_, res) => void res.status(204).end(),
    )
    const server = createServer(app).listen(0, '127.0.0.1')
    await once(server, 'listening')
    closing.push(() => server.close())
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    return async (method, path, headers) => {
      const response = await fetch(url + path, { method, headers })
      await response.arrayBuffer()
      return response.status
    }
  },
}

const carried = {
  headers: {},
  cookies: { locations: 'cookies', cookies: { secure: 'except-loopback' } },
} as const
const cases = Object.entries(frameworks).flatMap(([name, serve]) =>
  Object.entries(carried).map(([where, options]) => ({ name: `${name}, ${where}`, serve, options })),
)

describe.each(cases)('$name', ({ serve, options }) => {
  const t = testAuth((settings) => createAuth({ ...options, ...settings }))

  it('an account is deleted only right after signing in (T-27)', async () => {
    const ask = await serve(t.auth)
    const ada = await t.as({ username: 'ada', fresh: true })
    expect(await ask('DELETE', '/account', ada.headers)).toBe(204)
    t.clock.advance('6m')
    expect(await ask('GET', '/me', ada.headers)).toBe(200)
    expect(await ask('DELETE', '/account', ada.headers)).toBe(401)
  })

  it('a protected route refuses everything that it must', async () => {
    const ask = await serve(t.auth)
    for (const { name, headers } of await t.refusals({ username: 'ada' }))
      expect([name, await ask('GET', '/me', headers)]).toEqual([name, 401])
  })

  it('a route that forgot its guard refuses none of it', async () => {
    const ask = await serve(t.auth)
    for (const { name, headers } of await t.refusals({ username: 'ada' }))
      expect([name, await ask('GET', '/open', headers)]).toEqual([name, 200])
  })
})
