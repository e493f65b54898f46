import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { describe, expect, it } from 'vitest'
import { bearer, signUp } from './in-process.ts'
import { serve, temporaryFolder } from './process.ts'

/** 0 while nobody listens. */
const statusOf = (url: string, token: string): Promise<number> =>
  fetch(`${url}/protected`, bearer(token)).then(
    ({ status }) => status,
    () => 0,
  )

async function freePort(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return String(port)
}

/** Fresh connections, so that every worker gets some of them. */
const statuses = (url: string, token: string): Promise<number[]> =>
  Promise.all(Array.from({ length: 12 }, () => statusOf(url, token)))

describe('several workers', () => {
  it('serve one address, and all refuse what one of them revoked', async () => {
    using folder = temporaryFolder()
    const server = await serve(folder.path, ['--workers', '2', '--limits', 'off'])
    expect(server.output()).toContain('workers 2')
    const { access_token } = await signUp(server.url, 'ada')
    expect(new Set(await statuses(server.url, access_token))).toEqual(new Set([200]))
    await fetch(`${server.url}/logout`, { method: 'POST', ...bearer(access_token) })
    await expect.poll(async () => new Set(await statuses(server.url, access_token))).toEqual(new Set([401]))
    expect(await server.stop()).toBe(0)
  })

  it('are replaced when they die', async () => {
    using folder = temporaryFolder()
    const server = await serve(folder.path, ['--workers', '2', '--port', await freePort()])
    const { access_token } = await signUp(server.url, 'ada')
    const children = execFileSync('ps', ['-o', 'pid=', '--ppid', String(server.child.pid)], {
      encoding: 'utf8',
    })
    process.kill(Number(children.trim().split(/\s+/)[0]), 'SIGKILL')
    await expect.poll(() => server.output()).toContain('a worker died and is replaced')
    await expect
      .poll(async () => (await statuses(server.url, access_token)).every((status) => status === 200), {
        timeout: 10_000,
      })
      .toBe(true)
    expect(await server.stop()).toBe(0)
  })
})
