import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createVerifier } from 'latchkey'
import { testIssuer } from 'latchkey/testing'
import { createOrders } from './orders.mjs'

const issuer = testIssuer({ audience: 'orders' })
const app = createOrders(createVerifier(issuer.verifierOptions))
const ada = { sub: 'ada', scope: 'orders:read' }

test('shows the orders to who may read them', async () => {
  const response = await app.request('/orders', { headers: await issuer.headers(ada) })
  assert.deepEqual(await response.json(), { of: 'ada', orders: [] })
})

test('refuses who may not', async () => {
  const headers = await issuer.headers({ ...ada, scope: 'orders:write' })
  assert.equal((await app.request('/orders', { headers })).status, 403)
})

for (const { name, headers } of await issuer.refusals(ada)) {
  test(`refuses ${name}`, async () => {
    assert.equal((await app.request('/orders', { headers })).status, 401)
  })
}

test('a token runs out', async () => {
  const headers = await issuer.headers({ ...ada, expiresIn: '5m' })
  issuer.clock.advance('6m')
  assert.equal((await app.request('/orders', { headers })).status, 401)
})
