import { type ChildProcess, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

const pathOf = (name: string): string => fileURLToPath(new URL(`./children/${name}.mjs`, import.meta.url))

/** A program of `children/`, started and ready; gone at the end of the block. It runs the built package. */
export async function startChild(
  name: string,
  ...args: readonly string[]
): Promise<ChildProcess & AsyncDisposable> {
  const child = fork(pathOf(name), args)
  const died = once(child, 'exit').then(() => Promise.reject(new Error(`${name} did not start.`)))
  await Promise.race([once(child, 'message'), died])
  died.catch(() => {})
  return Object.assign(child, {
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return
      child.kill('SIGKILL')
      await once(child, 'exit')
    },
  })
}

export interface RemoteStore extends AsyncDisposable {
  /** The outcomes of `count` calls of a verb that are made at once, in the other process. */
  call(count: number, port: string | null, verb: string, ...args: readonly unknown[]): Promise<unknown[]>
}

/** A SQLite store in another process. */
export async function startStore(path: string): Promise<RemoteStore> {
  const child = await startChild('store', path)
  let calls = 0
  return {
    call(count, port, verb, ...args) {
      calls += 1
      const id = calls
      return new Promise((resolve) => {
        const listen = (message: { id: number; results: unknown[] }): void => {
          if (message.id !== id) return
          child.off('message', listen)
          resolve(message.results)
        }
        child.on('message', listen)
        child.send({ id, count, port, verb, args })
      })
    },
    [Symbol.asyncDispose]: () => child[Symbol.asyncDispose](),
  }
}

/** Runs a program of `children/` to its end. */
export async function runChild(
  name: string,
  ...args: readonly string[]
): Promise<{ code: number | null; signal: string | null; stderr: string }> {
  const child = spawn(process.execPath, [pathOf(name), ...args], { stdio: ['ignore', 'ignore', 'pipe'] })
  const [stderr, [code, signal]] = await Promise.all([text(child.stderr), once(child, 'exit')])
  return { code, signal, stderr }
}
