import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { promisify } from 'node:util'
import type { Worker } from 'node:worker_threads'
import { beforeAll, describe, expect, it } from 'vitest'
import { derive, type Engines, enginesOf } from '../../../src/auth/passwords/engines.ts'
import { loadEngines } from '../../../src/auth/passwords/threads.ts'
import { verifyPassword } from '../../../src/auth/passwords/verify.ts'
import { ARGON2ID, type Work } from '../../../src/auth/passwords/work.ts'
import { codeOf } from '../code-of.ts'

const run = promisify(execFile)
const built = new URL('../../../dist/auth/passwords.js', import.meta.url).href
const input = Buffer.from('correct horse battery staple')
const salt = Buffer.from('sixteen bytes, so')
const small: Work = { ...ARGON2ID, memory: 64, passes: 1, salt }
const kinds: readonly Work[] = [
  small,
  { ...small, variant: 'argon2d', version: 16 },
  { kind: 'scrypt', N: 1024, r: 8, p: 1, salt, length: 32 },
  { kind: 'pbkdf2', digest: 'sha512', rounds: 1000, salt, length: 64 },
  { kind: 'bcrypt', cost: 4, salt: salt.subarray(0, 16) },
]

const workers: Worker[] = []
let engines: Engines

beforeAll(async () => {
  process.on('worker', (worker) => workers.push(worker))
  engines = await loadEngines()
})

describe('hashes on threads of their own', () => {
  it.each(kinds)('P-06: $kind gives there what it gives on the pool of Node', async (work) => {
    const pooled = await derive(await enginesOf('pooled'), input, work)
    expect(pooled).not.toBeNull()
    expect(Buffer.from((await derive(engines, input, work)) ?? [])).toEqual(Buffer.from(pooled ?? []))
    expect(workers.length).toBeGreaterThan(0)
  })

  it('takes the thread that is free, and one more for what comes at once', async () => {
    await derive(engines, input, small)
    const before = workers.length
    await derive(engines, input, small)
    expect(workers).toHaveLength(before)
    await Promise.all(Array.from({ length: before + 1 }, () => derive(engines, input, small)))
    expect(workers).toHaveLength(before + 1)
  })

  it('starts no more threads than four or the cores, however many hashes are asked for at once', async () => {
    await Promise.all(Array.from({ length: 40 }, () => derive(engines, input, small)))
    expect(workers.length).toBeLessThanOrEqual(Math.max(4, availableParallelism()))
  })

  it('leaves what was given as it was', async () => {
    const given = Buffer.from(input)
    await derive(engines, given, small)
    expect(given).toEqual(input)
    expect(salt.toString()).toBe('sixteen bytes, so')
  })

  it('parameters that an engine refuses are an error there too, and the next hash is computed', async () => {
    await expect(derive(engines, input, { ...small, salt: new Uint8Array(1) })).rejects.toThrow()
    expect(await derive(engines, input, small)).toHaveLength(32)
  })

  it.runIf(process.platform === 'linux')(
    'L-08: requests come before them: their priority is lower',
    async () => {
      const own = niceOf(`${process.pid}`)
      await derive(engines, input, small)
      expect(readdirSync('/proc/self/task').map(niceOf)).toContain(Math.min(19, own + 10))
      expect(niceOf(`${process.pid}`)).toBe(own)
    },
  )

  it('P-07: a thread that dies is "unavailable", and never a wrong password', async () => {
    const long: Work = { ...small, memory: 65_536, passes: 10 }
    await derive(engines, input, small)
    const verifying = codeOf(() =>
      verifyPassword(
        engines,
        long,
        'a password',
        '$argon2id$v=19$m=65536,t=10,p=1$c2l4dGVlbiBieXRlcywgcw$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
      ),
    )
    await new Promise((resolve) => setTimeout(resolve, 20))
    await Promise.all(workers.map((worker) => worker.terminate()))
    expect(await verifying).toBe('unavailable')
    expect(await derive(engines, input, small)).toHaveLength(32)
  })
})

describe('a process whose hashes are computed on threads', () => {
  const hashOnce = `
    const { createPasswords } = await import(${JSON.stringify(built)})
    const passwords = createPasswords({ memory: 64, passes: 1 })
    let threads = 0
    process.on('worker', () => threads++)
    const { matches } = await passwords.verify('a long password', await passwords.hash('a long password'))
    console.log(matches, threads)`

  it('ends when nothing else is left to do', async () => {
    const { stdout } = await run(process.execPath, ['--input-type=module', '-e', hashOnce], {
      timeout: 10_000,
    })
    expect(stdout).toBe('true 1\n')
  })

  it('may be one that must not start threads: they are computed on the pool of Node', async () => {
    const flag = process.allowedNodeEnvironmentFlags.has('--permission')
      ? '--permission'
      : '--experimental-permission'
    const flags = [flag, '--allow-fs-read=*', '--allow-addons', '--input-type=module']
    const known = process.allowedNodeEnvironmentFlags.has('--allow-addons') ? flags : flags.toSpliced(2, 1)
    const { stdout } = await run(process.execPath, [...known, '-e', hashOnce], { timeout: 10_000 })
    expect(stdout).toBe('true 0\n')
  })
})

/** @returns how much a thread of this process stands back (proc(5), field 19 of `stat`; the name before may have blanks) */
function niceOf(thread: string): number {
  const fields = readFileSync(`/proc/self/task/${thread}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return Number(fields[16])
}
