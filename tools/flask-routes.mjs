import { AuthError } from 'latchkey'
import { unverifiedHeader } from 'latchkey/flask'
import { cookiesAgainst, cookiesFor, createGuard, createPrincipals, viewOfNode } from 'latchkey/http'
import { blame } from 'latchkey/tokens'

const CREDENTIALS = { alice: 'wonderland', bob: 'builder' }
const READ = ['GET', 'HEAD', 'POST', 'OPTIONS']
const CHANGE = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']

/**
 * Finds the view for a request: `(method, url) => (req, url) => answer`. Guards are made once, at the start.
 *
 * @returns {(method: string, url: URL) => (req: object, url: URL) => Promise<object>}
 */
export function routesOf(jwt, config, revoked) {
  const routes = new Map([
    ...loginRoutes(jwt, config),
    ...guardedRoutes(jwt, config, revoked),
    ...cookieRoutes(jwt),
    ...toolRoutes(jwt),
    ['/healthz', { methods: ['GET'], view: () => ({ json: { up: true } }) }],
  ])
  return (method, url) => {
    const route = routes.get(url.pathname) ?? routeWithArguments(jwt, config, url.pathname)
    if (!route?.view) throw new AuthError('not_found', 'There is no such route.')
    if (!route.methods.includes(method))
      throw new AuthError('method_not_allowed', 'Not with this method.', { allow: route.methods })
    return route.view
  }
}

const placeOf = (principal) =>
  principal?.location === 'query' ? 'query_string' : (principal?.location ?? null)
const place = (principal) => ({ json: { ok: true, location: placeOf(principal) } })
const whoami = (principal) => ({
  json: { identity: principal?.identity ?? null, location: placeOf(principal) },
})

/** The requests whose token was verified, and by whom. */
const principals = createPrincipals()

/**
 * A view behind a guard. One that is refused at the start, such as an unknown location, is not served.
 *
 * @param view gets the principal, `null` for nobody
 */
function guarded(jwt, options, view, config = {}) {
  let guard
  try {
    guard = createGuard(jwt, options)
  } catch {
    return null
  }
  return async (req, url) => {
    const principal = await guard(viewOfNode(req))
    principals.set(req, principal)
    const answer = await view(principal, req, url)
    return { ...answer, cookies: [...(answer.cookies ?? []), ...(await renewal(jwt, principal, config))] }
  }
}

/** The view of a helper that needs somebody: OPTIONS reaches it unchecked. */
const needing = (view) => (principal, req, url) => {
  if (principal) return view(principal, req, url)
  throw new AuthError('missing_token', 'This needs a token, and OPTIONS brought none.')
}

/** The recipe of implicit refresh: a new access cookie when the token of this request is about to end. */
async function renewal(jwt, principal, { implicit_refresh_within: within }) {
  if (within === undefined || typeof principal?.claims.exp !== 'number') return []
  if (principal.claims.exp - Date.now() / 1000 >= within) return []
  return cookiesFor(jwt, { accessToken: await jwt.createAccessToken(principal.identity) })
}

function guardedRoutes(jwt, config, revoked) {
  const route = (path, options, view, methods = READ) => [
    path,
    { methods, view: guarded(jwt, options, view, config) },
  ]
  const logout = ({ claims }) => {
    revoked.add(claims.jti)
    const type = String(claims.type)
    return { json: { msg: `${type.charAt(0).toUpperCase()}${type.slice(1)} token revoked` } }
  }
  const refreshed = async ({ identity }) => jwt.createAccessToken(identity)
  return [
    route('/protected', {}, place),
    route('/whoami', {}, needing(whoami)),
    route(
      '/claims',
      {},
      needing(({ claims }) => ({ json: claims })),
    ),
    route(
      '/claims-refresh',
      { refresh: true },
      needing(({ claims }) => ({ json: claims })),
    ),
    route(
      '/header',
      {},
      needing(({ header }) => ({ json: header })),
    ),
    route('/optional', { optional: true }, (who) => ({
      json: { ...whoami(who).json, claims: who?.claims ?? {}, header: who?.header ?? {} },
    })),
    route('/fresh-only', { fresh: true }, place),
    route('/refresh-only', { refresh: true }, place),
    route('/fresh-refresh-only', { fresh: true, refresh: true }, place),
    route('/optional-fresh', { optional: true, fresh: true }, whoami),
    route('/optional-refresh', { optional: true, refresh: true }, whoami),
    route('/any-type', { verifyType: false }, place),
    route('/any-type-refresh', { verifyType: false, refresh: true }, place),
    route('/cookies-only', { locations: 'cookies' }, place),
    route('/headers-only', { locations: ['headers'] }, place),
    route('/no-locations', {}, place),
    route('/bad-location', { locations: 'carrier_pigeon' }, place),
    route('/skip-revocation', { skipRevocationCheck: true }, place),
    route('/mutate', {}, place, CHANGE),
    route('/mutate-refresh', { refresh: true }, place, CHANGE),
    route('/mutate-optional', { optional: true }, whoami, CHANGE),
    route(
      '/verify-result',
      { optional: true },
      (who) => ({ json: { result: who && [who.header, who.claims] } }),
      ['GET', 'HEAD', 'OPTIONS'],
    ),
    route('/me', {}, needing(userView(config)), READ),
    route('/me-optional', { optional: true }, (who, ...rest) =>
      who ? userView(config)(who, ...rest) : { json: { user: null } },
    ),
    route('/logout', {}, logout, ['DELETE']),
    route('/logout-refresh', { refresh: true }, logout, ['DELETE']),
    route('/logout-any', { verifyType: false }, logout, ['DELETE']),
    route('/refresh', { refresh: true }, async (who) => ({ json: { access_token: await refreshed(who) } }), [
      'POST',
    ]),
    route(
      '/refresh-cookies',
      { refresh: true },
      async (who) => ({
        json: { refresh: true },
        cookies: await cookiesFor(jwt, { accessToken: await refreshed(who) }),
      }),
      ['POST'],
    ),
  ]
}

const userView =
  ({ users }) =>
  ({ user }) => {
    if (users) return { json: { user } }
    throw new AuthError('not_found', 'Nothing here loads users.')
  }

/** Routes whose path says what they ask. */
function routeWithArguments(jwt, config, path) {
  const [, name, argument] = path.split('/')
  const locations = (argument ?? '').split(',').map((one) => (one === 'query_string' ? 'query' : one))
  if (name === 'locations') return { methods: READ, view: guarded(jwt, { locations }, place, config) }
  if (name === 'optional-at')
    return { methods: READ, view: guarded(jwt, { locations, optional: true }, whoami, config) }
  if (name !== 'fresh-within') return null
  const view = guarded(
    jwt,
    {},
    (principal) => {
      const { iat } = principal.claims
      if (typeof iat === 'number' && Date.now() / 1000 - iat <= Number(argument)) return place(principal)
      throw blame(new AuthError('fresh_token_required', 'The token is too old.'), principal)
    },
    config,
  )
  return { methods: ['GET', 'HEAD'], view }
}

function loginRoutes(jwt, { credentials = CREDENTIALS }) {
  const signIn = async (req) => {
    const body = await jsonOf(req)
    const { username, password } = body
    if (!Object.hasOwn(credentials, username) || credentials[username] !== password)
      return { body, tokens: null }
    const identity = 'identity' in body ? body.identity : username
    const tokens = {
      accessToken: await jwt.createAccessToken(identity, accessOptions(body)),
      refreshToken: await jwt.createRefreshToken(identity, tokenOptions(body, 'refresh_')),
    }
    return { body, tokens }
  }
  const refusal = { status: 401, json: { msg: 'Bad username or password' } }
  const login = async (req) => {
    const { tokens } = await signIn(req)
    if (!tokens) return refusal
    return { json: { access_token: tokens.accessToken, refresh_token: tokens.refreshToken } }
  }
  const loginCookies = async (req) => {
    const { body, tokens } = await signIn(req)
    if (!tokens) return refusal
    const { set = ['access', 'refresh'], max_age: maxAge, domain, show_csrf: showCsrf = false } = body
    const shown = showCsrf
      ? {
          access_csrf: (await decoded(jwt, tokens.accessToken)).csrf,
          refresh_csrf: (await decoded(jwt, tokens.refreshToken)).csrf,
        }
      : {}
    const chosen = Object.fromEntries(set.map((kind) => [`${kind}Token`, tokens[`${kind}Token`]]))
    return {
      json: { login: true, ...shown },
      cookies: await cookiesFor(jwt, chosen, given({ maxAge, domain })),
    }
  }
  return [
    ['/login', { methods: ['POST'], view: login }],
    ['/login-cookies', { methods: ['POST'], view: loginCookies }],
  ]
}

/** A token's claims, where it has a CSRF value. */
async function decoded(jwt, token) {
  const claims = await jwt.decode(token)
  if (claims.csrf !== undefined) return claims
  throw new AuthError('invalid_token', 'Missing claim: csrf')
}

function accessOptions({ fresh = false, ...body }) {
  const options = tokenOptions(body, '')
  if (typeof fresh === 'boolean') return { ...options, fresh }
  if (typeof fresh === 'object' && fresh !== null) return { ...options, fresh: fresh.seconds }
  return { ...options, claims: { fresh, ...options.claims } }
}

function tokenOptions(body, prefix) {
  return given({
    expiresIn: body[`${prefix}expires_in`] ?? undefined,
    claims: body[`${prefix}claims`] ?? undefined,
    headers: body[`${prefix}headers`] ?? undefined,
  })
}

/** Without the members that were not given. */
const given = (options) => Object.fromEntries(Object.entries(options).filter(([, value]) => value != null))

function cookieRoutes(jwt) {
  const unset = (only) => (_, url) => {
    const domain = url.searchParams.get('domain')
    return { json: { logout: true }, cookies: cookiesAgainst(jwt, given({ only, domain })) }
  }
  const put = async (req) => {
    const { access: accessToken, refresh: refreshToken } = await jsonOf(req)
    return { json: { login: true }, cookies: await cookiesFor(jwt, given({ accessToken, refreshToken })) }
  }
  return [
    ['/put-in-cookies', { methods: ['POST'], view: put }],
    ['/unset-cookies', { methods: ['POST'], view: unset() }],
    ['/unset-access-cookies', { methods: ['POST'], view: unset('access') }],
    ['/unset-refresh-cookies', { methods: ['POST'], view: unset('refresh') }],
  ]
}

function toolRoutes(jwt) {
  const outside = (read) => (req, url) => {
    try {
      return { json: { value: read(principals.of(req, `${req.method} ${url.pathname}`)) } }
    } catch (error) {
      return { status: 500, json: { error: error.message } }
    }
  }
  const post = (path, view) => [
    path,
    { methods: ['POST'], view: async (req) => ({ json: await view(await jsonOf(req)) }) },
  ]
  const read = (name, of) => [`/util/outside/${name}`, { methods: ['GET', 'HEAD'], view: outside(of) }]
  return [
    post('/util/decode', ({ token, csrf_value: csrf, allow_expired: allowExpired }) =>
      jwt.decode(token, given({ csrf, allowExpired })),
    ),
    post('/util/jti', async ({ token }) => ({ jti: (await jwt.decode(token)).jti })),
    post('/util/csrf', async ({ token }) => ({ csrf: (await decoded(jwt, token)).csrf })),
    post('/util/unverified-header', ({ token }) => unverifiedHeader(token)),
    read('jwt', (principal) => principal.claims),
    read('header', (principal) => principal.header),
    read('identity', (principal) => principal.identity),
    read('user', (principal) => principal.user),
    ['/util/outside/location', { methods: ['GET', 'HEAD'], view: () => ({ json: { value: null } }) }],
  ]
}

async function jsonOf(req) {
  const chunks = []
  for await (const chunk of req) chunks.push(chunk)
  try {
    const body = JSON.parse(Buffer.concat(chunks).toString('utf8'))
    return typeof body === 'object' && body !== null ? body : {}
  } catch {
    return {}
  }
}
