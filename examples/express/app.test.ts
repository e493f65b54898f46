import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'

let server: Server
let url: string

beforeAll(async () => {
  vi.stubEnv('JWT_SECRET', 'a secret for this example alone, long enough')
  const { app } = await import('./app.mjs')
  server = app.listen(0)
  await new Promise((resolve) => server.once('listening', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => server.close())

const ask = (path: string, method: string, token?: string): Promise<Response> =>
  fetch(url + path, { method, headers: token === undefined ? {} : { authorization: `Bearer ${token}` } })
const login = (password: string): Promise<Response> =>
  fetch(`${url}/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username: 'ada', password }),
  })

it('the express example logs in, guards, refreshes and logs out', async () => {
  expect((await login('something else')).status).toBe(401)
  const { access_token: access, refresh_token: refresh } = await (
    await login('correct horse battery staple')
  ).json()

  expect((await ask('/protected', 'GET')).status).toBe(401)
  expect(await (await ask('/protected', 'GET', access)).json()).toEqual({ logged_in_as: 'ada' })
  expect((await ask('/protected', 'GET', refresh)).status).toBe(401)
  expect((await ask('/refresh', 'POST', access)).status).toBe(401)

  const { access_token: next } = await (await ask('/refresh', 'POST', refresh)).json()
  expect((await ask('/protected', 'GET', next)).status).toBe(200)
  expect((await ask('/logout', 'DELETE', next)).status).toBe(200)
  expect((await ask('/protected', 'GET', next)).status).toBe(401)
  expect((await ask('/protected', 'GET', access)).status).toBe(200)
})
