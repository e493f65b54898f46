import { Hono } from 'hono'
import { endpoints, jwtRequired, principalOf } from 'latchkey/hono'

/** @type {Omit<import('latchkey').AuthOptions, 'store'>} */
export const options = { issuer: 'https://app.acme.example', lifetime: { access: '10m' } }

export function createApp(auth) {
  const app = new Hono()
  app.all('/auth/*', endpoints(auth, '/auth'))
  app.get('/me', jwtRequired(auth), (c) => c.json({ hello: principalOf(c).user.username }))
  app.get('/report', jwtRequired(auth, { scope: 'admin' }), (c) => c.text('42'))
  app.delete('/account', jwtRequired(auth, { fresh: '5m' }), async (c) => {
    await auth.deleteUser(principalOf(c).identity)
    return c.body(null, 204)
  })
  return app
}
