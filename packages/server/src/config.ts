import { isIP } from 'node:net'
import { resolve } from 'node:path'
import { createTrust, type TrustProxy } from 'latchkey/http'
import { secretKey } from 'latchkey/jwt'
import { z } from 'zod'

/** Everything the server can be told, complete and checked. */
export interface Config {
  readonly port: number
  readonly host: string
  /** Absolute. */
  readonly dataDir: string
  /** PostgreSQL, `postgres://…`; `null` for a file in the data folder. */
  readonly database: string | null
  /** Redis or Valkey, `redis://…`: counters and push for several nodes. */
  readonly redis: string | null
  /** Processes that serve. */
  readonly workers: number
  /** What services show that read revocations or introspect tokens; none of them are served without. */
  readonly serviceCredentials: readonly string[]
  /** Written to every token as `iss`; others fetch keys and metadata below it. */
  readonly issuer: string
  /** Seals the stored keys; `null` for the secret file beside the database. */
  readonly secret: string | null
  /** The secret that sealed them before; only `key reseal` asks for it. */
  readonly oldSecret: string | null
  /** Whether sign-ins, registrations and refreshes are counted and limited. */
  readonly limits: boolean
  /** Whether administrators have pages at `/console`. */
  readonly console: boolean
  /** Whose `X-Forwarded-For` counts: so many proxies in front, or their networks. */
  readonly trustProxy: TrustProxy
  /** Days that events stay in the audit log; `null` for ever. */
  readonly auditRetention: number | null
  readonly logLevel: LogLevel
}

export type LogLevel = 'silent' | 'error' | 'warn' | 'info' | 'debug' | 'trace'

/** One thing that is wrong, without the value: it may be a secret in the wrong place. */
export interface ConfigFault {
  readonly field: string
  readonly reason: string
  readonly remedy: string
}

type Flags = Readonly<
  Partial<
    Record<
      | 'port'
      | 'host'
      | 'dataDir'
      | 'database'
      | 'redis'
      | 'workers'
      | 'issuer'
      | 'limits'
      | 'console'
      | 'trustProxy'
      | 'auditRetention'
      | 'logLevel',
      string
    >
  >
>
type Environment = Readonly<Record<string, string | undefined>>
type Field = keyof Flags | 'secret' | 'oldSecret' | 'serviceCredentials'

interface Source {
  readonly variable: string
  /** Secrets have none: the arguments of a process can be read by everybody on the machine. */
  readonly flag: string | null
  readonly remedy: string
}

const NEW_SECRET = `Make one with: node -p "require('node:crypto').randomBytes(32).toString('base64url')"`

const SOURCES: Readonly<Record<Field, Source>> = {
  port: { variable: 'PORT', flag: '--port', remedy: 'Give a whole number from 0 to 65535, such as 8787.' },
  host: {
    variable: 'HOST',
    flag: '--host',
    remedy: 'Give an address or a name of this machine, such as 127.0.0.1.',
  },
  dataDir: {
    variable: 'LATCHKEY_DATA_DIR',
    flag: '--data-dir',
    remedy: 'Give the path of a folder, such as ./.latchkey.',
  },
  database: {
    variable: 'LATCHKEY_DATABASE_URL',
    flag: '--database',
    remedy: 'Give the address of a PostgreSQL database, such as postgres://user:password@127.0.0.1/latchkey.',
  },
  redis: {
    variable: 'LATCHKEY_REDIS_URL',
    flag: '--redis',
    remedy: 'Give the address of a Redis server, such as redis://127.0.0.1:6379, beside --database.',
  },
  workers: {
    variable: 'LATCHKEY_WORKERS',
    flag: '--workers',
    remedy: 'Give how many processes shall serve, 1 to 64; one for each core is enough.',
  },
  issuer: {
    variable: 'LATCHKEY_ISSUER',
    flag: '--issuer',
    remedy: 'Give the address that others reach this server at, such as https://auth.example.com.',
  },
  limits: {
    variable: 'LATCHKEY_LIMITS',
    flag: '--limits',
    remedy: 'Give on, or off where a limiter stands in front.',
  },
  console: {
    variable: 'LATCHKEY_CONSOLE',
    flag: '--console',
    remedy: 'Give on, or off where nobody shall reach it here.',
  },
  trustProxy: {
    variable: 'LATCHKEY_TRUST_PROXY',
    flag: '--trust-proxy',
    remedy: 'Give how many proxies are in front, or their networks, such as 10.0.0.0/8,192.168.0.0/16.',
  },
  auditRetention: {
    variable: 'LATCHKEY_AUDIT_RETENTION',
    flag: '--audit-retention',
    remedy: 'Give how many days events are kept, such as 365, or off to keep them all.',
  },
  logLevel: {
    variable: 'LATCHKEY_LOG_LEVEL',
    flag: '--log-level',
    remedy: 'Give silent, error, warn, info, debug or trace.',
  },
  secret: { variable: 'LATCHKEY_SECRET', flag: null, remedy: NEW_SECRET },
  serviceCredentials: {
    variable: 'LATCHKEY_SERVICE_CREDENTIALS',
    flag: null,
    remedy: `Give one for each service, separated by commas. ${NEW_SECRET}`,
  },
  oldSecret: {
    variable: 'LATCHKEY_OLD_SECRET',
    flag: null,
    remedy: 'Give the secret that the keys are sealed with now.',
  },
}

const FIELDS = Object.keys(SOURCES) as Field[]
const LOG_LEVELS = ['silent', 'error', 'warn', 'info', 'debug', 'trace'] as const

const text = z.string().refine((value) => value.trim() !== '', { error: 'is empty', abort: true })
const secret = text.check(({ value, issues }) => {
  const reason = weaknessOf(value)
  if (reason !== null) issues.push({ code: 'custom', message: reason, input: value })
})

const onOrOff = text.pipe(z.enum(['on', 'off'], 'is neither on nor off')).default('on')

const schema = z.object({
  port: text
    .regex(/^\d{1,5}$/, 'is not a port number')
    .transform(Number)
    .refine((port) => port <= 65_535, 'is higher than any port')
    .default(8787),
  host: text.refine(isHost, 'is neither an address nor a name').default('127.0.0.1'),
  dataDir: text
    .refine((path) => !path.includes('\0'), 'is no path')
    .default('./.latchkey')
    .transform((path) => resolve(path)),
  database: text
    .refine(isAddressOf('postgres:', 'postgresql:'), 'is no address of a PostgreSQL database')
    .optional(),
  redis: text.refine(isAddressOf('redis:', 'rediss:'), 'is no address of a Redis server').optional(),
  workers: text
    .regex(/^[1-9]\d?$/, 'is not a number of processes')
    .transform(Number)
    .refine((workers) => workers <= 64, 'is more processes than are of use')
    .default(1),
  serviceCredentials: text
    .transform((value) => value.split(',').map((one) => one.trim()))
    .check(({ value, issues }) => {
      const reason = value.map(faultOfCredential).find((one) => one !== null)
      if (reason) issues.push({ code: 'custom', message: `holds one that ${reason}`, input: value })
    })
    .optional(),
  issuer: text
    .check(({ value, issues }) => {
      const reason = faultOfIssuer(value)
      if (reason !== null) issues.push({ code: 'custom', message: reason, input: value })
    })
    .optional(),
  limits: onOrOff,
  console: onOrOff,
  trustProxy: text
    .transform(trustProxyOf)
    .refine((trusted) => trusted !== null, 'is neither a number of proxies nor a list of networks')
    .optional(),
  auditRetention: text
    .regex(/^(off|[1-9]\d{0,3})$/, 'is neither a number of days nor off')
    .transform((value) => (value === 'off' ? null : Number(value)))
    .default(365),
  logLevel: text.pipe(z.enum(LOG_LEVELS, 'is no level')).default('info'),
  secret: secret.optional(),
  oldSecret: text.optional(),
})

/**
 * The configuration of flags and environment; a flag wins over its variable.
 *
 * @returns every fault at once when there are any
 */
export function readConfig(
  flags: Flags,
  env: Environment,
): Config | { readonly faults: readonly ConfigFault[] } {
  const given = Object.fromEntries(FIELDS.map((field) => [field, givenFor(field, flags, env)]))
  const unknown = faultsOfNames(env)
  const parsed = schema.safeParse(given)
  if (!parsed.success) {
    const faults = parsed.error.issues.map(({ path, message }) => faultOf(path[0] as Field, message, flags))
    return { faults: [...unknown, ...faults] }
  }
  const { issuer, limits, trustProxy, secret = null, oldSecret = null, ...rest } = parsed.data
  const { database = null, redis = null, serviceCredentials = [] } = rest
  const wanting = (field: Field, reason: string): void => void unknown.push(faultOf(field, reason, flags))
  if (issuer === undefined && rest.port === 0)
    wanting('issuer', 'is needed with port 0, which takes any free port')
  if (database !== null && secret === null)
    wanting('secret', 'is needed with a database: every node seals with it')
  if (redis !== null && database === null)
    wanting('redis', 'is for what several nodes share, so it needs --database')
  unknown.push(...faultsOfPasswords(flags))
  if (unknown.length > 0) return { faults: unknown }
  return {
    ...rest,
    database,
    redis,
    serviceCredentials,
    issuer: issuer ?? `http://localhost:${rest.port}`,
    limits: limits === 'on',
    console: rest.console === 'on',
    trustProxy: trustProxy ?? false,
    secret,
    oldSecret,
  }
}

const givenFor = (field: Field, flags: Flags, env: Environment): string | undefined =>
  (field in flags ? flags[field as keyof Flags] : undefined) ?? env[SOURCES[field].variable]

function faultOf(field: Field, reason: string, flags: Flags): ConfigFault {
  const { variable, flag, remedy } = SOURCES[field]
  const isFlag = flag !== null && flags[field as keyof Flags] !== undefined
  return { field: isFlag ? flag : variable, reason, remedy }
}

/** The arguments of a process can be read by everybody on the machine, and addresses may hold a password. */
function faultsOfPasswords(flags: Flags): ConfigFault[] {
  return (['database', 'redis'] as const).flatMap((field) => {
    const { password = '', searchParams } = flags[field] ? new URL(flags[field]) : {}
    if (password === '' && !searchParams?.has('password')) return []
    const { flag, variable } = SOURCES[field]
    const reason = 'holds a password, which everybody on this machine could read'
    return [{ field: flag ?? variable, reason, remedy: `Give it as ${variable}.` }]
  })
}

/** A misspelt variable would be ignored in silence, and with it what somebody meant to make safer. */
function faultsOfNames(env: Environment): ConfigFault[] {
  const known = new Set(FIELDS.map((field) => SOURCES[field].variable))
  return Object.keys(env)
    .filter((name) => name.startsWith('LATCHKEY_') && !name.startsWith('LATCHKEY_TEST_') && !known.has(name))
    .map((field) => ({
      field,
      reason: 'is no variable of this server',
      remedy: `It knows ${[...known].join(', ')}.`,
    }))
}

/** The library's own judgement of secrets: publicly known, one byte repeated, the text of a key. */
function weaknessOf(value: string): string | null {
  if (Buffer.byteLength(value) < 32) return 'is shorter than 32 bytes'
  try {
    secretKey(value)
    return null
  } catch (error) {
    const [reason = ''] = (error as Error).message.replace(/^secret: /, '').split(/[;.] /)
    return `is refused: ${reason}`
  }
}

/** What the endpoints for services would refuse at the start, said with everything else that is wrong. */
function faultOfCredential(credential: string): string | null {
  if (!/^[\x21-\x7e]{32,512}$/.test(credential)) return 'is not 32 to 512 visible ASCII characters'
  return new Set(credential).size < 8 ? 'has hardly any different characters' : weaknessOf(credential)
}

/** `null` for what the library refuses. */
function trustProxyOf(value: string): TrustProxy | null {
  const trusted = /^\d+$/.test(value) ? Number(value) : value.split(',').map((network) => network.trim())
  try {
    createTrust(trusted)
    return trusted
  } catch {
    return null
  }
}

/** Whether a text is an address of one of these schemes. */
function isAddressOf(...schemes: readonly string[]): (value: string) => boolean {
  return (value) => URL.canParse(value) && schemes.includes(new URL(value).protocol)
}

function isHost(value: string): boolean {
  const label = '[a-z0-9]([a-z0-9-]*[a-z0-9])?'
  return (
    isIP(value) !== 0 || (new RegExp(`^${label}(\\.${label})*$`, 'i').test(value) && !/^[\d.]+$/.test(value))
  )
}

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]'])

function faultOfIssuer(value: string): string | null {
  const url = URL.canParse(value) ? new URL(value) : null
  if (url === null || !/^https?:$/.test(url.protocol)) return 'is no http or https address'
  if (url.username !== '' || url.password !== '') return 'holds a user name or a password'
  if (/[?#]/.test(value)) return 'has a query or a fragment (RFC 8414, section 2)'
  if (value.endsWith('/')) return 'ends with a slash; issuers are compared character by character'
  if (value !== url.href && `${value}/` !== url.href) return 'is not in its canonical form'
  if (url.protocol === 'http:' && !LOOPBACK.has(url.hostname))
    return 'is plain http on another machine than this one'
  return null
}

/** Whether there is a console: its pages know of no path in front of them. */
export const servesConsole = ({ console, issuer }: Pick<Config, 'console' | 'issuer'>): boolean =>
  console && new URL(issuer).pathname === '/'

/** The faults as lines for a person. */
export function describeFaults(faults: readonly ConfigFault[]): string {
  const count = faults.length === 1 ? 'a fault' : `${faults.length} faults`
  return [
    `latchkey-server: the configuration has ${count}.`,
    ...faults.map(({ field, reason, remedy }) => `  ${field} ${reason}. ${remedy}`),
  ].join('\n')
}
