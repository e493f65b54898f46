import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { TokenPair } from '../../src/auth/sessions.ts'

const PROGRAM = fileURLToPath(new URL('./children/node.mjs', import.meta.url))

export interface Outcome {
  /** `'accepted'`, or the code it was refused with. */
  readonly code: string
  readonly value?: unknown
}

export interface NodeOptions {
  readonly database:
    | { readonly path: string }
    | { readonly connectionString: string; readonly options: string }
  readonly secret: string
  /** `false`: hears of revocations by asking only. */
  readonly push?: boolean
}

export interface RemoteNode extends AsyncDisposable {
  /** Makes the same call so many times at once in the other process. */
  call(verb: string, args: readonly unknown[], times?: number): Promise<readonly Outcome[]>
  start(userId: string): Promise<TokenPair>
  refresh(token: string): Promise<Outcome>
  authenticate(token: string): Promise<string>
  /** Its own wall clock. */
  clock(): Promise<number>
  kill(): Promise<void>
}

interface Answer {
  readonly id: number
  readonly outcomes: readonly Outcome[]
  readonly now: number
}

/** Sessions in a process of their own, on the built package; killed at the end of the block. */
export async function startNode(
  options: NodeOptions,
  env: Readonly<Record<string, string>> = {},
): Promise<RemoteNode> {
  const child = fork(PROGRAM, [JSON.stringify(options)], { env: { ...process.env, ...env } })
  child.setMaxListeners(0)
  const died = once(child, 'exit').then(() => Promise.reject(new Error('The node did not start.')))
  await Promise.race([once(child, 'message'), died])
  died.catch(() => {})
  const ask = asker(child)
  const call: RemoteNode['call'] = async (verb, args, times = 1) =>
    (await ask(Array.from({ length: times }, () => ({ verb, args })))).outcomes
  const once1 = async (verb: string, ...args: readonly unknown[]): Promise<Outcome> =>
    (await call(verb, args))[0] as Outcome
  const kill = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
  return {
    call,
    async start(userId) {
      const { code, value } = await once1('start', userId)
      if (code !== 'accepted') throw new Error(`start: ${code}`)
      return value as TokenPair
    },
    refresh: (token) => once1('refresh', token),
    authenticate: async (token) => (await once1('authenticate', token)).code,
    clock: async () => (await ask([])).now,
    kill,
    [Symbol.asyncDispose]: kill,
  }
}

function asker(child: ChildProcess): (calls: readonly object[]) => Promise<Answer> {
  let asked = 0
  return (calls) => {
    asked += 1
    const id = asked
    return new Promise((resolve, reject) => {
      const stop = (): void => void child.off('message', listen).off('exit', gone)
      const listen = (answer: Answer): void => {
        if (answer.id !== id) return
        stop()
        resolve(answer)
      }
      const gone = (): void => {
        stop()
        reject(new Error('The node is gone.'))
      }
      child.on('message', listen).on('exit', gone)
      child.send({ id, calls })
    })
  }
}
