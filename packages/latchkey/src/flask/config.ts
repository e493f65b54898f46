import type { Duration, JwtManagerOptions } from 'latchkey'
import type { Dialect, Location } from 'latchkey/http'
import type { KeyRing } from 'latchkey/tokens'
import { flaskSetCookies, flaskUnsetCookies } from './cookies.ts'
import { type FlaskKeys, keysOf } from './keys.ts'
import { flaskLocate } from './locate.ts'
import type { FlaskConfig, FlaskSettings } from './options.ts'
import { flaskProblem } from './problems.ts'
import { emitWarning, type Warn, warnOfRelaxations } from './relaxations.ts'
import { flaskRules, type RuleSettings } from './rules.ts'
import { leewayOf, locationsOf, settingsOf } from './settings.ts'

export interface FromFlaskOptions {
  /** Told once at the start of everything that is looser than our own defaults, and how to end it. @default a process warning */
  readonly warn?: Warn
  /** In place of the keys of the config: what `encode_key_loader` and `decode_key_loader` were for. */
  readonly keys?: KeyRing
}

/** What `createJwtManager` needs to behave as Flask-JWT-Extended; hooks are added beside it. */
export type FlaskOptions = Required<
  Pick<JwtManagerOptions, 'keys' | 'rules' | 'lifetime' | 'locations' | 'csrf' | 'dialect'>
>

/**
 * Flask-JWT-Extended's configuration as options for `createJwtManager`: the same tokens, cookies, statuses and texts.
 *
 * @example
 * ```ts
 * const jwt = createJwtManager(fromFlaskConfig({ JWT_SECRET_KEY: secret, JWT_TOKEN_LOCATION: ['headers', 'cookies'] }))
 * ```
 * @throws {TypeError} for options that it does not know or cannot work, naming each with the remedy
 */
export function fromFlaskConfig(config: FlaskConfig, options: FromFlaskOptions = {}): FlaskOptions {
  const { warn = emitWarning, keys } = options
  const settings = settingsOf(config)
  const { ring, algorithms } = keys
    ? { ring: keys, algorithms: listedAlgorithms(settings) }
    : keysOf(settings, warn)
  return {
    keys: ring,
    rules: flaskRules(ruleSettings(settings, algorithms), warnOfRelaxations(settings, warn)),
    lifetime: {
      access: settings.JWT_ACCESS_TOKEN_EXPIRES as Duration | false,
      refresh: settings.JWT_REFRESH_TOKEN_EXPIRES as Duration | false,
    },
    locations: locationsOf(settings).map((one) => (one === 'query_string' ? 'query' : one) as Location),
    csrf: settings.JWT_COOKIE_CSRF_PROTECT ? 'double-submit' : false,
    dialect: dialectOf(settings),
  }
}

function listedAlgorithms({ JWT_ALGORITHM, JWT_DECODE_ALGORITHMS }: FlaskSettings): FlaskKeys['algorithms'] {
  return new Set<string>([JWT_ALGORITHM, ...(JWT_DECODE_ALGORITHMS ?? [])])
}

function ruleSettings(settings: FlaskSettings, algorithms: FlaskKeys['algorithms']): RuleSettings {
  return {
    algorithms,
    identityClaim: settings.JWT_IDENTITY_CLAIM,
    verifySub: settings.JWT_VERIFY_SUB,
    audience: settings.JWT_DECODE_AUDIENCE,
    issuer: settings.JWT_DECODE_ISSUER,
    leeway: leewayOf(settings),
    withNbf: settings.JWT_ENCODE_NBF,
    withCsrf: settings.JWT_COOKIE_CSRF_PROTECT,
    encodeAudience: settings.JWT_ENCODE_AUDIENCE,
    encodeIssuer: settings.JWT_ENCODE_ISSUER,
  }
}

function dialectOf(settings: FlaskSettings): Dialect {
  const { JWT_ERROR_MESSAGE_KEY: key, JWT_IDENTITY_CLAIM: identityClaim } = settings
  return {
    locate: flaskLocate(settings),
    problem: (error) => flaskProblem(error, key, identityClaim),
    setCookies: flaskSetCookies(settings),
    unsetCookies: flaskUnsetCookies(settings),
  }
}
