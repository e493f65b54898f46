import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

const here = import.meta.dirname
const files = readdirSync(here).filter((file) => file.endsWith('.mjs'))
const ADA = JSON.stringify({ username: 'ada', password: 'correct horse battery staple' })

async function freePort(): Promise<number> {
  const probe = createServer().listen(0)
  await once(probe, 'listening')
  const { port } = probe.address() as { port: number }
  await new Promise((resolve) => probe.close(resolve))
  return port
}

/** Runs the file in an empty folder until `use` is done with it. */
async function running(file: string, use: (url: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-quickstart-'))
  const port = await freePort()
  const app = spawn(process.execPath, [join(here, file)], {
    cwd: folder,
    env: { ...process.env, PORT: String(port) },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  try {
    await listening(app, `http://localhost:${port}`)
    await use(`http://localhost:${port}`)
  } finally {
    const ended = app.exitCode === null ? once(app, 'exit') : null
    app.kill()
    await ended
    rmSync(folder, { recursive: true })
  }
}

async function listening(app: ChildProcess, url: string): Promise<void> {
  while (app.exitCode === null) {
    const answer = await fetch(url).catch(() => null)
    if (answer !== null) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error(`It ended with code ${app.exitCode} before it listened.`)
}

const post = (url: string): Promise<Response> =>
  fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: ADA })

describe('the first five minutes', () => {
  it('are there for every framework', () => {
    expect(files).toEqual(['express.mjs', 'fastify.mjs', 'hono.mjs', 'koa.mjs', 'node.mjs'])
  })

  describe.each(files)('in %s', (file) => {
    it('are one file of at most 12 lines', () => {
      const lines = readFileSync(join(here, file), 'utf8').split('\n')
      expect(lines.filter((line) => line.trim() !== '').length).toBeLessThanOrEqual(12)
    })

    it('register, log in, and reach a guarded route that strangers do not', async () => {
      await running(file, async (url) => {
        expect((await post(`${url}/auth/register`)).status).toBe(201)
        const login = await post(`${url}/auth/login`)
        const { access_token: token } = (await login.json()) as { access_token: string }
        const me = await fetch(`${url}/me`, { headers: { authorization: `Bearer ${token}` } })
        expect(await me.json()).toEqual({ hello: 'ada' })
        const stranger = await fetch(`${url}/me`)
        expect([stranger.status, (await stranger.json()).error]).toEqual([401, 'missing_token'])
      })
    })
  })
})
