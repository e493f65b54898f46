// Stateless tokens around users of your own. Start it with: JWT_SECRET=<32 random bytes> node app.mjs
import express from 'express'
import { createJwtManager } from 'latchkey'
import { jwtRequired, principalOf } from 'latchkey/express'

const PEOPLE = new Map([['ada', 'correct horse battery staple']])
const loggedOut = new Set()
const jwt = createJwtManager({
  secret: process.env.JWT_SECRET ?? '',
  isRevoked: ({ jti }) => loggedOut.has(jti),
})

export const app = express().use(express.json())

app.post('/login', async (req, res) => {
  const { username, password } = req.body ?? {}
  if (!PEOPLE.has(username) || PEOPLE.get(username) !== password) {
    return res.status(401).json({ msg: 'Bad username or password' })
  }
  res.json({
    access_token: await jwt.createAccessToken(username, { fresh: true }),
    refresh_token: await jwt.createRefreshToken(username),
  })
})

app.post('/refresh', jwtRequired(jwt, { refresh: true }), async (req, res) => {
  res.json({ access_token: await jwt.createAccessToken(principalOf(req).identity) })
})

app.get('/protected', jwtRequired(jwt), (req, res) => res.json({ logged_in_as: principalOf(req).identity }))

app.delete('/logout', jwtRequired(jwt), (req, res) => {
  loggedOut.add(principalOf(req).claims.jti)
  res.json({ msg: 'The token is revoked.' })
})

if (import.meta.filename === process.argv[1]) app.listen(3000)
