import { AuthError } from 'latchkey'
import type { Config } from './config.ts'
import { databaseOf, placeOf } from './data.ts'

/** What a person reads when the program cannot go on: the reason and what to do, never a stack. */
export function failureOf(error: unknown, config: Config): string {
  if (error instanceof AuthError && error.details.reason === 'sealing_secret') return sealedOtherwise(config)
  const unreachable = faultOfDatabase(error, config)
  if (unreachable !== null) return unreachable
  const { code, message } = error as NodeJS.ErrnoException
  if (code === 'EADDRINUSE') {
    return `Port ${config.port} of ${config.host} is in use. Stop what listens there, or choose another port: --port 9000`
  }
  if (code === 'EACCES')
    return `Port ${config.port} needs more rights than this user has. Choose one from 1024 up: --port 8787`
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
    return `${config.host} is no address of this machine. Choose another one: --host 127.0.0.1`
  }
  return message
}

/** Refusing to start is the point: a server that made new keys would sign everybody out without a word. */
function sealedOtherwise(config: Config): string {
  const file = `${databaseOf(config)}.secret`
  const { secret, database } = config
  const reseal = 'latchkey-server key reseal'
  return [
    secret === null
      ? `The stored keys were not sealed with the secret in ${file}.`
      : 'LATCHKEY_SECRET does not open the stored keys.',
    'Start with the secret that sealed them, or seal them anew:',
    secret === null || database !== null
      ? `  LATCHKEY_OLD_SECRET=<the secret until now> ${reseal}`
      : `  ${reseal}      (from ${file}, to LATCHKEY_SECRET; from another secret: LATCHKEY_OLD_SECRET)`,
  ].join('\n')
}

/** What PostgreSQL, or the way to it, said. Addresses are named without their password. */
function faultOfDatabase(error: unknown, config: Config): string | null {
  if (config.database === null) return null
  const cause = error instanceof AuthError && error.code === 'unavailable' ? error.cause : error
  const { code = '', message = '' } = (cause ?? {}) as NodeJS.ErrnoException
  const place = placeOf({ ...config, redis: null })
  if (/^28/.test(code))
    return `${place} refuses the sign-in. Check user and password in LATCHKEY_DATABASE_URL.`
  if (code === '3D000') return `${place} does not exist. Make it with: createdb <name>`
  const isAway = /^(ECONN|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EHOST|08|57P)/.test(code) || /timeout/i.test(message)
  return isAway ? `${place} cannot be reached. Start it, or check LATCHKEY_DATABASE_URL.` : null
}
