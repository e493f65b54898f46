import { createServer } from 'node:http'
import { createAuth } from 'latchkey'
import { endpoints, jwtRequired } from 'latchkey/node'
import { sqliteStore } from 'latchkey/store/sqlite'

const auth = createAuth({ store: await sqliteStore('app.db') })
const accounts = endpoints(auth, '/auth')
const me = jwtRequired(auth, (_, res, { user }) => res.end(JSON.stringify({ hello: user.username })))
const server = createServer((req, res) => (req.url.startsWith('/auth/') ? accounts : me)(req, res))
server.listen(process.env.PORT ?? 3000)
