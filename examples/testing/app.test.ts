import { createAuth } from 'latchkey'
import { testAuth } from 'latchkey/testing'
import { expect, test } from 'vitest'
import { createApp, options } from './app.mjs'

const t = testAuth((settings) => createAuth({ ...options, ...settings }))
const app = createApp(t.auth)

test('greets who is signed in', async () => {
  const ada = await t.as({ username: 'ada' })
  const response = await app.request('/me', { headers: ada.headers })
  expect(await response.json()).toEqual({ hello: 'ada' })
})

test('shows the report to administrators only', async () => {
  const ada = await t.as({ username: 'ada', scope: 'admin' })
  const bob = await t.as({ username: 'bob' })
  expect((await app.request('/report', { headers: ada.headers })).status).toBe(200)
  expect((await app.request('/report', { headers: bob.headers })).status).toBe(403)
})

test('deletes an account only right after signing in', async () => {
  const ada = await t.as({ username: 'ada' })
  const remove = () => app.request('/account', { method: 'DELETE', headers: ada.headers })
  t.clock.advance('6m')
  expect((await remove()).status).toBe(401)
})

test('asks for a new sign-in however often somebody refreshed', async () => {
  const ada = await t.as({ username: 'ada', ago: '1h', fresh: false })
  expect((await app.request('/me', { headers: ada.headers })).status).toBe(200)
  expect((await app.request('/account', { method: 'DELETE', headers: ada.headers })).status).toBe(401)
})

for (const path of ['/me', '/report']) {
  for (const { name, headers } of await t.refusals({ username: 'ada', scope: 'admin' })) {
    test(`${path} refuses ${name}`, async () => {
      expect((await app.request(path, { headers })).status).toBe(401)
    })
  }
}

test('a session ends when it was not used for two weeks', async () => {
  const { refreshHeaders } = await t.as({ username: 'ada' })
  t.clock.advance('14d')
  const response = await app.request('/auth/refresh', { method: 'POST', headers: refreshHeaders })
  expect(response.status).toBe(401)
})
