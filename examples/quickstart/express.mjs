import express from 'express'
import { createAuth } from 'latchkey'
import { endpoints, jwtRequired, principalOf } from 'latchkey/express'
import { sqliteStore } from 'latchkey/store/sqlite'

const auth = createAuth({ store: await sqliteStore('app.db') })
const app = express()
app.use('/auth', endpoints(auth))
app.get('/me', jwtRequired(auth), (req, res) => {
  res.json({ hello: principalOf(req).user.username })
})
app.listen(process.env.PORT ?? 3000)
