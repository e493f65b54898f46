// A service that signs and verifies like the Flask service beside it, with one secret:
// SHARED_SECRET=<32 random bytes> node same-secret.mjs
import { createServer } from 'node:http'
import { createJwtManager } from 'latchkey'
import { fromFlaskConfig } from 'latchkey/flask'
import { jwtRequired, setCookies } from 'latchkey/node'

/** @param {string} secret the JWT_SECRET_KEY of the Flask service */
export function createService(secret) {
  const jwt = createJwtManager(
    fromFlaskConfig({ JWT_SECRET_KEY: secret, JWT_TOKEN_LOCATION: ['headers', 'cookies'] }),
  )
  const whoami = jwtRequired(jwt, (_, res, { identity, claims }) =>
    json(res, { identity, type: claims.type }),
  )

  async function login(req, res) {
    const { username } = JSON.parse(await textOf(req))
    const accessToken = await jwt.createAccessToken(username, { fresh: true })
    await setCookies(res, jwt, { accessToken })
    json(res, { access_token: accessToken, refresh_token: await jwt.createRefreshToken(username) })
  }

  return createServer((req, res) => (req.url === '/login' ? login(req, res) : whoami(req, res)))
}

async function textOf(req) {
  const chunks = []
  for await (const chunk of req) chunks.push(chunk)
  return Buffer.concat(chunks).toString('utf8')
}

function json(res, body) {
  res.setHeader('content-type', 'application/json').end(JSON.stringify(body))
}

if (import.meta.filename === process.argv[1]) createService(process.env.SHARED_SECRET).listen(3000)
