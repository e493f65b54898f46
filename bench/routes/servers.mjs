/*
 * One server each, answering the same two bytes of JSON at `/`. Of a framework, `open` guards nothing; the others do
 * what their documentation shows first, with the same algorithm, issuer, audience and tolerance insisted on. Every one
 * gets the same requests: the open route carries the token past it, so that the difference is the guard and nothing else.
 * `header read only` has a hook that takes the token and checks nothing: no guard before a handler can cost less.
 */
export const FRAMEWORKS = {
  'node:http': [
    'open',
    'header read only',
    'latchkey',
    'latchkey, nothing remembered',
    'latchkey sessions',
    'jsonwebtoken by hand',
    'fast-jwt by hand',
  ],
  express: [
    'open',
    'header read only',
    'latchkey',
    'latchkey sessions',
    'express-jwt',
    'passport-jwt',
    'jsonwebtoken by hand',
    'jose by hand',
    'better-auth getSession',
  ],
  fastify: ['open', 'header read only', 'latchkey', 'latchkey sessions', '@fastify/jwt'],
  koa: ['open', 'header read only', 'latchkey', 'latchkey sessions', 'koa-jwt'],
  hono: [
    'open',
    'nothing but next()',
    'header read only',
    'latchkey',
    'latchkey around the handler',
    'latchkey sessions',
    'hono/jwt',
  ],
}

/** Enough to see that everything works. */
export const FEW = {
  'node:http': ['open', 'latchkey', 'jsonwebtoken by hand'],
  express: ['open', 'latchkey', 'express-jwt'],
  fastify: ['open', 'latchkey', '@fastify/jwt'],
  koa: ['open', 'latchkey', 'koa-jwt'],
  hono: ['open', 'latchkey', 'hono/jwt'],
}

/** What people put before a route of that framework when they do not think twice. */
export const USUAL = {
  'node:http': 'jsonwebtoken by hand',
  express: 'express-jwt',
  fastify: '@fastify/jwt',
  koa: 'koa-jwt',
  hono: 'hono/jwt',
}

/**
 * Listens; answers the port and the `Authorization` or `Cookie` lines that get in.
 *
 * @param setup secret and tokens, the same for everybody
 */
export async function serve(framework, guard, setup) {
  const { create } = await import(`./frameworks/${framework.replace(':', '-')}.mjs`)
  const ready = await setupOf(guard, setup)
  const server = await create(guard, ready)
  // Whoever waits for its turn keeps its connections.
  server.keepAliveTimeout = 0
  const port = await new Promise((resolve, reject) => {
    server.on('error', reject)
    server.listen(0, '127.0.0.1', () => resolve(server.address().port))
  })
  return { port, lines: ready.lines ?? setup.tokens.map((token) => `authorization: Bearer ${token}`) }
}

async function setupOf(guard, setup) {
  if (guard.startsWith('latchkey')) return (await import('./latchkey.mjs')).setupOf(guard, setup)
  if (guard.startsWith('better-auth')) return (await import('./better-auth.mjs')).setupOf(setup)
  return setup
}
