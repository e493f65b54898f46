import { createSecretKey } from 'node:crypto'
import { createServer } from 'node:http'
import express from 'express'
import { bearerOf } from '../bearer.mjs'

const ours = async ({ auth }) => (await import('latchkey/express')).jwtRequired(auth)

const guards = {
  open: () => null,
  'header read only': () => (request, _, next) => {
    request.token = request.headers.authorization
    next()
  },
  latchkey: ours,
  'latchkey sessions': ours,
  async 'express-jwt'({ secret, issuer, audience }) {
    const { expressjwt } = await import('express-jwt')
    return expressjwt({ secret: createSecretKey(secret, 'utf8'), algorithms: ['HS256'], issuer, audience })
  },
  async 'passport-jwt'({ secret, issuer, audience }) {
    const { default: passport } = await import('passport')
    const { ExtractJwt, Strategy } = (await import('passport-jwt')).default
    const jwtFromRequest = ExtractJwt.fromAuthHeaderAsBearerToken()
    const options = { jwtFromRequest, secretOrKey: secret, algorithms: ['HS256'], issuer, audience }
    passport.use(new Strategy(options, (payload, done) => done(null, payload)))
    return passport.authenticate('jwt', { session: false })
  },
  async 'jsonwebtoken by hand'({ secret, issuer, audience }) {
    const { default: jsonwebtoken } = await import('jsonwebtoken')
    const key = createSecretKey(secret, 'utf8')
    const options = { algorithms: ['HS256'], issuer, audience, clockTolerance: 5 }
    return (request, response, next) => {
      jsonwebtoken.verify(bearerOf(request.headers), key, options, (error, payload) => {
        if (error) return response.sendStatus(401)
        request.user = payload
        next()
      })
    }
  },
  async 'jose by hand'({ secret, issuer, audience }) {
    const { jwtVerify } = await import('jose')
    const hmac = { name: 'HMAC', hash: 'SHA-256' }
    const key = await crypto.subtle.importKey('raw', Buffer.from(secret), hmac, false, ['verify'])
    const options = { algorithms: ['HS256'], issuer, audience, clockTolerance: 5 }
    return async (request, response, next) => {
      try {
        request.user = (await jwtVerify(bearerOf(request.headers), key, options)).payload
      } catch {
        return response.sendStatus(401)
      }
      next()
    }
  },
  async 'better-auth getSession'({ betterAuth }) {
    const { fromNodeHeaders } = await import('better-auth/node')
    return async (request, response, next) => {
      request.session = await betterAuth.api.getSession({ headers: fromNodeHeaders(request.headers) })
      if (request.session === null) return response.sendStatus(401)
      next()
    }
  },
}

export async function create(guard, setup) {
  const app = express().disable('x-powered-by').disable('etag')
  const middleware = await guards[guard](setup)
  const layers = middleware ? [middleware] : []
  app.get('/', ...layers, (_, response) => response.type('json').end('{}'))
  return createServer(app)
}
