import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/**
 * A contender in a process of its own: its code is compiled for it alone, and its memory is its own.
 *
 * @param file module that hands its commands to {@link answer}
 * @param base `import.meta.url` of the caller
 */
export function start(file, base, { env = {}, execArgv = ['--expose-gc'], args = [] } = {}) {
  const child = fork(fileURLToPath(new URL(file, base)), args, { execArgv, env: { ...process.env, ...env } })
  const waiting = new Map()
  let last = 0
  child.on('message', ({ id, value, error }) => {
    const { resolve, reject } = waiting.get(id)
    waiting.delete(id)
    if (error === undefined) resolve(value)
    else reject(new Error(`${file}: ${error}`))
  })
  child.on('exit', (code) => {
    for (const { reject } of waiting.values()) reject(new Error(`${file} ended with ${code}`))
  })
  return {
    pid: child.pid,
    call: (command, ...args) =>
      new Promise((resolve, reject) => {
        waiting.set(++last, { resolve, reject })
        child.send({ id: last, command, args })
      }),
    stop: () => child.disconnect(),
  }
}

/** The other side: runs commands that {@link start}'s caller sends, one after another. */
export function answer(commands) {
  process.on('message', async ({ id, command, args }) => {
    try {
      process.send({ id, value: await commands[command](...args) })
    } catch (error) {
      process.send({ id, error: error?.stack ?? String(error) })
    }
  })
  process.on('disconnect', () => process.exit(0))
}
