import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'

/** What a shell is given to run. */
export const main: string = fileURLToPath(new URL('../dist/main.js', import.meta.url))

export interface Outcome {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface Running {
  readonly url: string
  readonly child: ChildProcess
  /** What it wrote so far: the welcome on standard output, the log on standard error. */
  output(): string
  /** Resolves to the exit code, or the signal that ended it. */
  stop(signal?: NodeJS.Signals): Promise<number | NodeJS.Signals>
}

/** A folder that is gone when its owner is disposed of. */
export function temporaryFolder(): { readonly path: string; [Symbol.dispose](): void } {
  const path = mkdtempSync(join(tmpdir(), 'latchkey-server-'))
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) }
}

type Environment = Readonly<Record<string, string>>

const start = (
  args: readonly string[],
  cwd: string,
  env: Environment,
  user: { readonly uid?: number } = {},
): ChildProcess =>
  // Nothing of this machine's own settings: what the program reads is what the test gives.
  spawn(process.execPath, [main, ...args], { cwd, env: { PATH: process.env['PATH'] ?? '', ...env }, ...user })

/** Runs the program to its end. */
export async function run(
  args: readonly string[],
  cwd: string,
  {
    input = '',
    env = {},
    ...user
  }: { readonly input?: string; readonly env?: Environment; readonly uid?: number } = {},
): Promise<Outcome> {
  const child = start(args, cwd, env, user)
  child.stdin?.end(input)
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout!),
    text(child.stderr!),
    once(child, 'exit'),
  ])
  return { code, stdout, stderr }
}

export const ISSUER = 'http://localhost:8787'

/** Starts the server on a free port and resolves when it says that it listens. It does not outlive its test. */
export function serve(cwd: string, args: readonly string[] = [], env: Environment = {}): Promise<Running> {
  return serveUntil((kill) => onTestFinished(kill), cwd, args, env)
}

/** The same outside of a test, in `beforeAll`. @param atEnd is handed what ends the server */
export async function serveUntil(
  atEnd: (kill: () => void) => void,
  cwd: string,
  args: readonly string[] = [],
  env: Environment = {},
): Promise<Running> {
  const child = start(['--port', '0', '--issuer', ISSUER, ...args], cwd, env)
  const gone = once(child, 'exit').then(([code, signal]) => (code ?? signal) as number | NodeJS.Signals)
  atEnd(() => void child.kill('SIGKILL'))
  let output = ''
  const url = await new Promise<string>((resolve, reject) => {
    const read = (chunk: Buffer): void => {
      output += chunk
      const [, found] = /listens on (\S+)\n/.exec(output) ?? []
      if (found) resolve(found)
    }
    child.stdout?.on('data', read)
    child.stderr?.on('data', read)
    void gone.then((code) => reject(new Error(`The server ended with ${code}:\n${output}`)))
  })
  return {
    url,
    child,
    output: () => output,
    stop(signal = 'SIGTERM') {
      child.kill(signal)
      return gone
    },
  }
}
