import { AuthError } from 'latchkey'
import type { Config } from './config.ts'
import { databaseOf } from './data.ts'

/** What a person reads when the program cannot go on: the reason and what to do, never a stack. */
export function failureOf(error: unknown, config: Config): string {
  if (error instanceof AuthError && error.details.reason === 'sealing_secret') return sealedOtherwise(config)
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
  const { secret } = config
  const file = `${databaseOf(config)}.secret`
  return [
    secret === null
      ? `The stored keys were not sealed with the secret in ${file}.`
      : 'LATCHKEY_SECRET does not open the stored keys.',
    'Start with the secret that sealed them, or seal them anew:',
    secret === null
      ? '  LATCHKEY_OLD_SECRET=<the secret until now> latchkey-server key reseal'
      : `  latchkey-server key reseal      (from ${file}, to LATCHKEY_SECRET; from another secret: LATCHKEY_OLD_SECRET)`,
  ].join('\n')
}
