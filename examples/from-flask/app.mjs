// An application of Flask-JWT-Extended in Express: every line of docs/guide/from-flask.md at work.
// JWT_SECRET_KEY=<the secret of the Flask application> node app.mjs
import express from 'express'
import { createJwtManager, tokenOf } from 'latchkey'
import { jwtRequired, optionalPrincipalOf, principalOf, setCookies, unsetCookies } from 'latchkey/express'
import { fromFlaskConfig } from 'latchkey/flask'
import { guard, sendProblem, toProblem, viewOfNode } from 'latchkey/http'
import { decodeUnverified } from 'latchkey/jwt'

const users = new Map([
  ['7', { id: '7', name: 'Ada', password: 'correct horse battery staple' }],
  ['8', { id: '8', name: 'Bob', password: 'an elephant never forgets' }],
])
const blocklist = new Set()
const named = (name) => [...users.values()].find((user) => user.name === name)

export const jwt = createJwtManager({
  ...fromFlaskConfig({
    JWT_SECRET_KEY: process.env.JWT_SECRET_KEY,
    JWT_TOKEN_LOCATION: ['headers', 'cookies'],
    JWT_ACCESS_TOKEN_EXPIRES: '15m',
    JWT_REFRESH_TOKEN_EXPIRES: '30d',
  }),
  identityOf: (user) => user.id, // user_identity_loader
  claims: (user) => ({ name: user.name }), // additional_claims_loader
  headers: () => ({ iss: 'from-flask' }), // additional_headers_loader
  isRevoked: ({ jti }) => blocklist.has(jti), // token_in_blocklist_loader
  acceptClaims: ({ tenant }) => tenant !== 'banned', // token_verification_loader
  loadUser: ({ sub }) => users.get(sub) ?? null, // user_lookup_loader
  answer: (error, problem) => {
    if (error.code !== 'expired_token') return problem // the other error loaders
    return { ...problem, body: { ...problem.body, who: tokenOf(error).claims.sub } } // expired_token_loader
  },
})

export const app = express()

app.post('/login', express.json(), async (req, res) => {
  const user = named(req.body?.username)
  if (!user || user.password !== req.body.password) {
    return res.status(401).json({ msg: 'Bad username or password' })
  }
  const accessToken = await jwt.createAccessToken(user, { fresh: true, claims: { role: 'admin' } })
  const refreshToken = await jwt.createRefreshToken(user, { expiresIn: '7d', headers: { 'x-device': 'web' } })
  await setCookies(res, jwt, { accessToken, refreshToken })
  res.json({ access_token: accessToken, refresh_token: refreshToken })
})

app.post('/refresh', jwtRequired(jwt, { refresh: true }), async (req, res) => {
  res.json({ access_token: await jwt.createAccessToken(principalOf(req).user) })
})

app.get('/protected', jwtRequired(jwt), (req, res) => {
  const { identity, claims, header, location, user } = principalOf(req)
  res.json({ identity, claims, header, location, user: user.name })
})

app.get('/optional', jwtRequired(jwt, { optional: true }), (req, res) => {
  res.json({ hello: optionalPrincipalOf(req)?.user.name ?? 'stranger' })
})
app.get('/lenient', jwtRequired(jwt, { optional: 'lenient' }), (req, res) => {
  res.json({ hello: optionalPrincipalOf(req)?.user.name ?? 'stranger' })
})

app.get('/fresh', jwtRequired(jwt, { fresh: true }), (_, res) => res.json({ ok: true }))
app.get('/recent', jwtRequired(jwt, { fresh: '5m' }), (_, res) => res.json({ ok: true }))
app.get('/cookies-only', jwtRequired(jwt, { locations: ['cookies'] }), (_, res) => res.json({ ok: true }))
app.get('/any-type', jwtRequired(jwt, { verifyType: false }), (_, res) => res.json({ ok: true }))
app.get('/skip', jwtRequired(jwt, { skipRevocationCheck: true }), (_, res) => res.json({ ok: true }))

app.get('/by-hand', async (req, res) => {
  try {
    const principal = await guard(jwt, viewOfNode(req), { optional: true })
    res.json({ hello: principal?.user.name ?? 'stranger' })
  } catch (error) {
    const problem = toProblem(error, jwt.transport)
    if (!problem) throw error
    sendProblem(res, problem)
  }
})

app.post('/inspect', express.json(), async (req, res) => {
  const { token, csrf } = req.body
  const claims = await jwt.decode(token, { csrf, allowExpired: true })
  res.json({ jti: claims.jti, csrf: claims.csrf, header: decodeUnverified(token).header })
})

app.delete('/logout', jwtRequired(jwt, { verifyType: false }), (req, res) => {
  blocklist.add(principalOf(req).claims.jti)
  unsetCookies(res, jwt) // or { only: 'access' }, { only: 'refresh' }
  res.json({ msg: 'Token revoked' })
})

app.use((error, _, res, next) => {
  const problem = toProblem(error, jwt.transport)
  if (problem) sendProblem(res, problem)
  else next(error)
})

if (import.meta.filename === process.argv[1]) app.listen(3000)
