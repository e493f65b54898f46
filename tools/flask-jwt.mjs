import { createJwtManager, tokenOf } from 'latchkey'
import { fromFlaskConfig } from 'latchkey/flask'
import { secretKey } from 'latchkey/jwt'

/** The manager that a scenario's server config describes: its options, and its callbacks as hooks. */
export function createFlaskJwt(config, revoked) {
  const options = fromFlaskConfig(optionsOf(config), { warn: () => {} })
  const turnedOn = new Set(config.callbacks ?? [])
  const hooks = { ...writingHooks(turnedOn), ...judgingHooks(config, turnedOn, revoked) }
  return createJwtManager({
    ...options,
    keys: ringOf(config, options.keys),
    ...hooks,
    answer: answerOf(config, turnedOn),
  })
}

const DURATIONS = ['JWT_ACCESS_TOKEN_EXPIRES', 'JWT_REFRESH_TOKEN_EXPIRES', 'JWT_DECODE_LEEWAY']

/** Python's timedelta may be any fraction of seconds; here such a duration is written as text. */
function optionsOf({ options = {}, durations_as_timedelta: asTimedelta = false }) {
  if (!asTimedelta) return options
  const texts = DURATIONS.filter((name) => typeof options[name] === 'number').map((name) => [
    name,
    `${options[name]}s`,
  ])
  return { ...options, ...Object.fromEntries(texts) }
}

/** What Python prints in another way. */
const PRINTED = new Map([
  [null, 'None'],
  [true, 'True'],
  [false, 'False'],
])

function writingHooks(turnedOn) {
  const shared = { shared: true }
  return {
    ...(turnedOn.has('user_identity') && {
      identityOf: (who) => (isObject(who) ? who.id : `id-of-${PRINTED.get(who) ?? who}`),
    }),
    ...(turnedOn.has('additional_claims') && {
      claims: (who) => ({ loader: true, role: 'from-loader', who }),
    }),
    ...(turnedOn.has('shared_claims') && { claims: () => shared }),
    ...(turnedOn.has('additional_headers') && { headers: (who) => ({ kid: 'from-loader', 'x-who': who }) }),
  }
}

function judgingHooks({ blocklist = false, users, options = {} }, turnedOn, revoked) {
  const identity = options.JWT_IDENTITY_CLAIM ?? 'sub'
  return {
    ...(blocklist && { isRevoked: ({ jti }) => revoked.has(jti) }),
    ...(turnedOn.has('blocklist_everything') && { isRevoked: () => true }),
    ...(turnedOn.has('token_verification') && { acceptClaims: ({ tenant }) => tenant !== 'banned' }),
    ...(users && { loadUser: (claims) => entryOf(users, claims[identity]) }),
  }
}

/** `decode_key_loader` and `encode_key_loader`: a ring that sees what they saw. */
function ringOf(config, ring) {
  const { encode_keys_by_identity: toSign, decode_keys_by_kid: byKid, decode_keys_by_sub: bySub } = config
  const keysFor = (table, name) => {
    const secret = entryOf(table, name)
    return secret === null ? [] : [keyOf(secret, config)]
  }
  return {
    ...ring,
    ...(toSign && { signingKey: ({ user }) => keyOf(toSign[user], config) }),
    ...(byKid && { verifyingKeys: ({ header: { kid = 'default' } }) => keysFor(byKid, kid) }),
    ...(bySub && { verifyingKeys: ({ unverified }) => keysFor(bySub, unverified().claims.sub) }),
  }
}

function keyOf(secret, { options = {} }) {
  return secretKey(secret, { algorithm: options.JWT_ALGORITHM ?? 'HS256', allowShort: true })
}

const isObject = (value) => typeof value === 'object' && value !== null

/** An own entry of a table; `null` when there is none. */
const entryOf = (table, name) => (Object.hasOwn(table, String(name)) ? table[String(name)] : null)

/** Callbacks by the code they answer, with their status. Two of them get only a reason. */
const CALLBACKS = {
  expired_token: ['expired_token', 410],
  fresh_token_required: ['needs_fresh_token', 403],
  revoked_token: ['revoked_token', 423],
  user_not_found: ['user_lookup_error', 404],
  claims_rejected: ['token_verification_failed', 409],
  invalid_token: ['invalid_token', 400],
  wrong_token_type: ['invalid_token', 400],
  missing_token: ['unauthorized', 418],
  csrf_failed: ['unauthorized', 418],
}

function answerOf({ options = {} }, turnedOn) {
  const messageKey = options.JWT_ERROR_MESSAGE_KEY ?? 'msg'
  return (error, problem) => {
    const [custom, status] = CALLBACKS[error.code] ?? []
    if (!turnedOn.has(custom)) return problem
    if (custom === 'invalid_token' || custom === 'unauthorized')
      return { ...problem, status, body: { custom, why: problem.body[messageKey] } }
    const { header, claims } = tokenOf(error)
    return {
      ...problem,
      status,
      body: { custom, alg: header.alg, sub: claims.sub ?? null, type: claims.type },
    }
  }
}
