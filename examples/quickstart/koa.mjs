import Koa from 'koa'
import { createAuth } from 'latchkey'
import { endpoints, jwtRequired, principalOf } from 'latchkey/koa'
import { sqliteStore } from 'latchkey/store/sqlite'

const auth = createAuth({ store: await sqliteStore('app.db') })
const app = new Koa()
app.use(endpoints(auth, '/auth'))
app.use(jwtRequired(auth))
app.use((ctx) => {
  ctx.body = { hello: principalOf(ctx).user.username }
})
app.listen(process.env.PORT ?? 3000)
