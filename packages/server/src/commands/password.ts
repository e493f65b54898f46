import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { AuthError } from 'latchkey'

/**
 * A new password: the first line of standard input, or asked for twice at a terminal, unseen.
 *
 * @throws {AuthError} `invalid_input` when there is neither, or the two differ
 */
export async function readPassword({ fromStdin }: { readonly fromStdin: boolean }): Promise<string> {
  if (fromStdin) return firstLine(await text(process.stdin))
  if (!process.stdin.isTTY)
    throw refused('There is no terminal to ask at. Give --password-stdin and the password as input.')
  const password = await ask('Password: ')
  if (password !== (await ask('The same again: '))) throw refused('The two passwords differ.')
  return password
}

export const firstLine = (input: string): string => input.split(/\r?\n/, 1)[0] ?? ''

async function ask(question: string): Promise<string> {
  process.stderr.write(question)
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
  const terminal = createInterface({ input: process.stdin, output: nowhere, terminal: true })
  // Ctrl-C: nothing was changed yet.
  terminal.on('SIGINT', () => process.exit(130))
  try {
    return await terminal.question('')
  } finally {
    terminal.close()
    process.stderr.write('\n')
  }
}

const refused = (message: string): AuthError => new AuthError('invalid_input', message, { field: 'password' })
