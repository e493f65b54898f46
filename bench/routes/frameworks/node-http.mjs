import { createSecretKey } from 'node:crypto'
import { createServer } from 'node:http'
import { bearerOf } from '../bearer.mjs'

function answer(_, response) {
  response.setHeader('content-type', 'application/json')
  response.end('{}')
}

const guards = {
  open: () => answer,
  'header read only': () => (request, response) => {
    request.token = request.headers.authorization
    answer(request, response)
  },
  latchkey: async ({ auth }) => (await import('latchkey/node')).jwtRequired(auth, answer),
  'latchkey, nothing remembered': async ({ auth }) =>
    (await import('latchkey/node')).jwtRequired(auth, answer),
  'latchkey sessions': async ({ auth }) => (await import('latchkey/node')).jwtRequired(auth, answer),
  async 'jsonwebtoken by hand'({ secret, issuer, audience }) {
    const { default: jsonwebtoken } = await import('jsonwebtoken')
    const key = createSecretKey(secret, 'utf8')
    const options = { algorithms: ['HS256'], issuer, audience, clockTolerance: 5 }
    return guardedBy((token) => jsonwebtoken.verify(token, key, options))
  },
  async 'fast-jwt by hand'({ secret, issuer, audience }) {
    const { createVerifier } = await import('fast-jwt')
    const clockTolerance = 5000
    return guardedBy(
      createVerifier({
        key: secret,
        algorithms: ['HS256'],
        allowedIss: issuer,
        allowedAud: audience,
        clockTolerance,
        cache: true,
      }),
    )
  },
}

function guardedBy(verify) {
  return (request, response) => {
    try {
      request.user = verify(bearerOf(request.headers))
    } catch {
      response.statusCode = 401
      return response.end()
    }
    answer(request, response)
  }
}

export const create = async (guard, setup) => createServer(await guards[guard](setup))
