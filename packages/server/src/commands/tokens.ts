import { text } from 'node:stream/consumers'
import { AuthError } from 'latchkey'
import { type Check, explain, pastedToken } from '../explain.ts'
import { printable } from '../printable.ts'
import { type CommandOptions, onData } from './context.ts'
import { firstLine } from './password.ts'

/** `token explain [jwt]`: 0 when every check holds, 1 when one does not. Nothing of the token is stored or logged. */
export function explainToken(given: string | undefined, options: CommandOptions): Promise<void> {
  return onData(options, async ({ auth, store, config }) => {
    const input = given === undefined || given === '-' ? firstLine(await text(process.stdin)) : given
    const token = pastedToken(input)
    if (token === '') throw new AuthError('invalid_request', 'Give a token as argument or as input.')
    const checks = await explain(token, auth, store, config.issuer)
    const good = checks.every(({ holds }) => holds === true)
    const verdict = good ? 'The server accepts it.' : 'The server refuses it.'
    return {
      lines: [...checks.map(lineOf), '', verdict],
      json: { accepted: good, checks },
      code: good ? 0 : 1,
    }
  })
}

const MARKS = { true: '✓', false: '✗', null: '·' }

const lineOf = ({ check, holds, why }: Check): string =>
  `${MARKS[`${holds}`]} ${check.padEnd(12)} ${printable(why)}`
