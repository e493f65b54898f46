import { createAdaptorServer } from '@hono/node-server'
import { Hono } from 'hono'

const ours = async ({ auth }) => (await import('latchkey/hono')).jwtRequired(auth)

const guards = {
  open: () => null,
  'header read only': () => (c, next) => {
    c.set('token', c.req.header('authorization'))
    return next()
  },
  latchkey: ours,
  'latchkey sessions': ours,
  async 'hono/jwt'({ secret, issuer, audience }) {
    const { jwt } = await import('hono/jwt')
    const typ = 'at+jwt'
    return jwt({ secret, alg: 'HS256', verification: { iss: issuer, aud: audience, typ } })
  },
}

export async function create(guard, setup) {
  const app = new Hono()
  const middleware = await guards[guard](setup)
  if (middleware) app.use(middleware)
  app.get('/', (c) => c.body('{}', 200, { 'content-type': 'application/json' }))
  return createAdaptorServer({ fetch: app.fetch })
}
