// What is left of the options when the last Flask service is gone: our own names, our own rules.
import { createJwtManager, createSessions } from 'latchkey'
import { fromFlaskConfig } from 'latchkey/flask'
import { importPrivateKey, secretKey } from 'latchkey/jwt'

/** One secret or one key pair, and the rest under our own names. */
export function strictManager(pem) {
  return createJwtManager({
    keys: importPrivateKey(pem, { algorithm: 'RS256' }), // JWT_PRIVATE_KEY, JWT_ALGORITHM; or secret: JWT_SECRET_KEY
    lifetime: { access: '15m', refresh: '30d' }, // JWT_ACCESS_TOKEN_EXPIRES, JWT_REFRESH_TOKEN_EXPIRES
    locations: ['headers', 'cookies', 'query', 'json'], // JWT_TOKEN_LOCATION
    header: { name: 'X-Auth', scheme: 'Bearer' }, // JWT_HEADER_NAME, JWT_HEADER_TYPE
    query: { name: 'jwt', prefix: '' }, // JWT_QUERY_STRING_NAME, JWT_QUERY_STRING_VALUE_PREFIX
    json: { access: 'access_token', refresh: 'refresh_token' }, // JWT_JSON_KEY, JWT_REFRESH_JSON_KEY
    cookies: {
      names: { access: 'at', refresh: 'rt' }, // JWT_ACCESS_COOKIE_NAME, JWT_REFRESH_COOKIE_NAME
      path: { access: '/', refresh: '/auth' }, // JWT_ACCESS_COOKIE_PATH, JWT_REFRESH_COOKIE_PATH
      domain: 'acme.example', // JWT_COOKIE_DOMAIN
      sameSite: 'lax', // JWT_COOKIE_SAMESITE
      secure: true, // JWT_COOKIE_SECURE
      persistent: true, // JWT_SESSION_COOKIE, the other way round
    },
    csrf: 'double-submit', // JWT_COOKIE_CSRF_PROTECT; 'origin' needs no value to carry along
    doubleSubmit: { header: 'X-CSRF-TOKEN', field: 'csrf_token', readable: true }, // JWT_CSRF_*
    issuer: 'https://auth.acme.example', // JWT_ENCODE_ISSUER, JWT_DECODE_ISSUER
    audience: 'orders', // JWT_ENCODE_AUDIENCE, JWT_DECODE_AUDIENCE
    tolerance: 10, // JWT_DECODE_LEEWAY
  })
}

/** Sessions that can be listed and ended, and whoever is signed in stays signed in. */
export function movedSessions(store, users, flask) {
  return createSessions({
    store, // await sqliteStore('app.db'), postgresStore(…)
    loadUser: ({ sub }) => users.get(sub) ?? null, // user_lookup_loader
    locations: ['headers', 'cookies'],
    adopt: {
      from: createJwtManager({
        ...fromFlaskConfig(flask),
        isRevoked: ({ jti }) => blocklist.has(jti), // token_in_blocklist_loader
      }),
    },
  })
}

/** What Flask revoked while it still ran. */
export const blocklist = new Set()

/** Keys by tenant: `encode_key_loader` and `decode_key_loader` in one place. */
export function tenantManager(secrets) {
  const keys = new Map(
    Object.entries(secrets).map(([tenant, secret]) => [tenant, secretKey(secret, { kid: tenant })]),
  )
  const ring = {
    signingKey: ({ user }) => keys.get(user.tenant),
    verifyingKeys: ({ header }) => (keys.has(header.kid) ? [keys.get(header.kid)] : []),
    jwks: () => ({ keys: [] }),
  }
  return createJwtManager({ ...fromFlaskConfig({}, { keys: ring }), identityOf: (user) => user.id })
}

/** The four options that stay with Flask. */
export function legacyManager(secret) {
  return createJwtManager(
    fromFlaskConfig({
      JWT_SECRET_KEY: secret,
      JWT_IDENTITY_CLAIM: 'uid',
      JWT_ERROR_MESSAGE_KEY: 'error',
      JWT_ENCODE_NBF: false,
      JWT_VERIFY_SUB: false,
    }),
  )
}
