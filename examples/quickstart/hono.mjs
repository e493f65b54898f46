import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { createAuth } from 'latchkey'
import { endpoints, jwtRequired, principalOf } from 'latchkey/hono'
import { sqliteStore } from 'latchkey/store/sqlite'

const auth = createAuth({ store: await sqliteStore('app.db') })
const app = new Hono()
app.all('/auth/*', endpoints(auth, '/auth'))
app.get('/me', jwtRequired(auth), (c) => c.json({ hello: principalOf(c).user.username }))
serve({ fetch: app.fetch, port: Number(process.env.PORT ?? 3000) })
