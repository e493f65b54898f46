import fastify from 'fastify'

const handler = async (_, reply) => reply.type('application/json').send('{}')

const ours = async (app, { auth }) => {
  const { jwtRequired } = await import('latchkey/fastify')
  app.get('/', { preHandler: jwtRequired(auth) }, handler)
}

const routes = {
  open: (app) => app.get('/', handler),
  'header read only': (app) => {
    const preHandler = (request, _, done) => {
      request.token = request.headers.authorization
      done()
    }
    app.decorateRequest('token', null)
    app.get('/', { preHandler }, handler)
  },
  latchkey: ours,
  'latchkey sessions': ours,
  async '@fastify/jwt'(app, { secret, issuer, audience }) {
    const { default: fastifyJwt } = await import('@fastify/jwt')
    const verify = { algorithms: ['HS256'], allowedIss: issuer, allowedAud: audience }
    app.register(fastifyJwt, { secret, verify })
    app.register(async (scope) => {
      scope.get('/', { onRequest: (request) => request.jwtVerify() }, handler)
    })
  },
}

export async function create(guard, setup) {
  const app = fastify()
  await routes[guard](app, setup)
  await app.ready()
  return app.server
}
