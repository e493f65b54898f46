import { execFileSync } from 'node:child_process'
import { availableParallelism } from 'node:os'

const COUNT = availableParallelism()
const ALL = `0-${COUNT - 1}`

/** Keeps a process, with what it starts from now on, on one core. Does nothing where there is only one, or no `taskset`. */
export const pin = (pid, core) => put(pid, String(core % COUNT))

/** Lets it go where it wants again. */
export const unpin = (pid) => put(pid, ALL)

function put(pid, cores) {
  if (COUNT < 2) return
  try {
    execFileSync('taskset', ['-a', '-p', '-c', cores, String(pid)], { stdio: 'ignore' })
  } catch {
    // Not on Linux: what moves is measured all the same, with more spread.
  }
}
