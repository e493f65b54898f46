import { createAdaptorServer } from '@hono/node-server'
import { Hono } from 'hono'

const answer = (c) => c.body('{}', 200, { 'content-type': 'application/json' })

const ours = async ({ auth }) => (await import('latchkey/hono')).jwtRequired(auth)

const guards = {
  open: () => null,
  'nothing but next()': () => (_, next) => next(),
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
  if (guard === 'latchkey around the handler') {
    const { jwtRequired } = await import('latchkey/hono')
    app.get('/', jwtRequired(setup.auth, answer))
  } else {
    const middleware = await guards[guard](setup)
    if (middleware) app.use(middleware)
    app.get('/', answer)
  }
  return createAdaptorServer({ fetch: app.fetch })
}
