import Fastify from 'fastify'
import { createAuth } from 'latchkey'
import { endpoints, jwtRequired, principalOf } from 'latchkey/fastify'
import { sqliteStore } from 'latchkey/store/sqlite'

const auth = createAuth({ store: await sqliteStore('app.db') })
const app = Fastify()
app.register(endpoints(auth), { prefix: '/auth' })
app.get('/me', { preHandler: jwtRequired(auth) }, async (request) => {
  return { hello: principalOf(request).user.username }
})
await app.listen({ port: Number(process.env.PORT ?? 3000) })
