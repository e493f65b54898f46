import { type Auth, AuthError, createAuth, type Store } from 'latchkey'
import { type Config, type ConfigFault, describeFaults, readConfig } from '../config.ts'
import { openData, requireData } from '../data.ts'
import { failureOf } from '../failure.ts'
import { endQuietly } from './output.ts'

/** What a command works with: the data folder, opened as the server opens it. */
export interface Context {
  readonly config: Config
  readonly store: Store
  readonly auth: Auth
}

/** What a command has to say, for a person and for a program. */
export interface Answer {
  readonly lines: readonly string[]
  /** Left out by what has written its answer itself. */
  readonly json?: unknown
  /** Exit code. @default 0 */
  readonly code?: number
}

export type CommandOptions = Readonly<Record<string, string | boolean | undefined>>

/** Runs a command on the data that is there, prints its answer, and sets the exit code. */
export async function onData(
  options: CommandOptions,
  act: (context: Context) => Promise<Answer>,
): Promise<void> {
  await withData(options, act, requireData)
}

/** The same for a command that may be the first of all. @param before what must succeed before anything is made */
export async function onNewData(
  options: CommandOptions,
  act: (context: Context) => Promise<Answer>,
  before: () => Promise<void> = async () => {},
): Promise<void> {
  await withData(options, act, before)
}

async function withData(
  options: CommandOptions,
  act: (context: Context) => Promise<Answer>,
  requirePlace: (config: Config) => void | Promise<void>,
): Promise<void> {
  await withConfig(options, async (config) => {
    await requirePlace(config)
    const store = await openData(config, config.secret)
    const auth = createAuth({ store, issuer: config.issuer, limits: false })
    try {
      return await act({ config, store, auth })
    } finally {
      await auth.close()
      await store.close()
    }
  })
}

/** Runs a command with a checked configuration, prints its answer, and sets the exit code. */
export async function withConfig(
  options: CommandOptions,
  act: (config: Config) => Promise<Answer>,
): Promise<void> {
  const config = readConfig(options as Record<string, string>, process.env)
  const isJson = options['json'] === true
  endQuietly()
  if ('faults' in config) return refuseConfig(config.faults, isJson)
  try {
    print(await act(config), isJson)
  } catch (error) {
    const code = error instanceof AuthError ? error.code : 'failed'
    const message = failureOf(error, config)
    printFailure(isJson ? JSON.stringify({ error: code, msg: message }) : `latchkey-server: ${message}`)
  }
}

/** Every fault, each with its field, reason and remedy (K-08). */
export function refuseConfig(faults: readonly ConfigFault[], isJson: boolean): void {
  printFailure(isJson ? JSON.stringify({ error: 'invalid_configuration', faults }) : describeFaults(faults))
}

function print({ lines, json, code = 0 }: Answer, isJson: boolean): void {
  const text = isJson && json !== undefined ? [JSON.stringify(json)] : lines
  if (text.length > 0) process.stdout.write(text.map((line) => `${line}\n`).join(''))
  process.exitCode = code
}

function printFailure(text: string): void {
  process.stderr.write(`${text}\n`)
  process.exitCode = 1
}
