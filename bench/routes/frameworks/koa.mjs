import { createServer } from 'node:http'
import Koa from 'koa'

const ours = async ({ auth }) => (await import('latchkey/koa')).jwtRequired(auth)

const guards = {
  open: () => null,
  'header read only': () => (ctx, next) => {
    ctx.state.token = ctx.req.headers.authorization
    return next()
  },
  latchkey: ours,
  'latchkey sessions': ours,
  async 'koa-jwt'({ secret, issuer, audience }) {
    const { default: koaJwt } = await import('koa-jwt')
    return koaJwt({ secret, algorithms: ['HS256'], issuer, audience })
  },
}

export async function create(guard, setup) {
  const app = new Koa()
  const middleware = await guards[guard](setup)
  if (middleware) app.use(middleware)
  app.use((ctx) => {
    ctx.type = 'application/json'
    ctx.body = '{}'
  })
  return createServer(app.callback())
}
