import { execFile, execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { manifestOf, root } from './sources.mjs'

const run = promisify(execFile)
const workspace = mkdtempSync(join(tmpdir(), 'latchkey-packed-'))
// Under npx or an npm script, its settings would pass for ours.
const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('npm_')))
const npm = (...args: string[]) => run('npm', args, { cwd: workspace, env })
const node = (...args: string[]) => run(process.execPath, args, { cwd: workspace })
const tsc = join(root, 'node_modules/typescript/bin/tsc')

/** Whether `npm install` can get what our packages need. */
function registryAnswers(): boolean {
  try {
    execFileSync('npm', ['ping', '--fetch-retries=0', '--fetch-timeout=5000'], { stdio: 'ignore' })
    return true
  } catch {
    console.warn('skipped: the packed packages (the npm registry cannot be reached)')
    return false
  }
}

async function installPacked(): Promise<void> {
  await run(process.execPath, [tsc, '-b'], { cwd: root })
  await run('npm', ['pack', '--pack-destination', workspace, '-w', 'latchkey', '-w', 'latchkey-server'], {
    cwd: root,
  })
  const tarballs = readdirSync(workspace).filter((file) => file.endsWith('.tgz'))
  writeFileSync(join(workspace, 'package.json'), JSON.stringify({ name: 'consumer', private: true }))
  await npm('install', '--prefer-offline', '--no-audit', '--no-fund', ...tarballs.map((file) => `./${file}`))
}

const consumer = `
import { createAuth, createJwtManager, type Auth, type Claims, type TokenPair } from 'latchkey'
import { memoryStore } from 'latchkey/store/memory'

const jwt = createJwtManager({ secret: 'a secret for this test, long enough to be taken' })
export const token: string = await jwt.createAccessToken('ada', { fresh: true })
export const claims: Claims = (await jwt.authenticate(token)).claims
export const auth: Auth = createAuth({ store: memoryStore() })
export const pair: TokenPair = await auth.login({ username: 'ada', password: 'correct horse battery staple' })
`

const program = `
import { createAuth, AuthError } from 'latchkey'
import { memoryStore } from 'latchkey/store/memory'

const auth = createAuth({ store: memoryStore() })
await auth.register({ username: 'ada', password: 'correct horse battery staple' })
const { accessToken, refreshToken } = await auth.login({ username: 'ada', password: 'correct horse battery staple' })
const { user } = await auth.authenticate(accessToken)
await auth.endByToken(refreshToken)
const code = await Promise.resolve().then(() => auth.authenticate(accessToken)).catch((error) => error instanceof AuthError && error.code)
console.log(user.username, code)
await auth.close()
`

describe.skipIf(!registryAnswers())('the packed packages, installed together in an empty project', () => {
  beforeAll(installPacked, 120_000)
  afterAll(() => rmSync(workspace, { recursive: true, force: true }))

  it('hold nothing but sources, what was compiled from them, and papers', async () => {
    for (const name of ['latchkey', 'latchkey-server']) {
      const files = readdirSync(join(workspace, 'node_modules', name), {
        recursive: true,
        withFileTypes: true,
      })
      const paths = files.filter((entry) => entry.isFile()).map((entry) => entry.name)
      expect(
        paths.filter((file) => !/\.(ts|tsx|js|map|json|css)$|^(LICENSE|README\.md)$/.test(file)),
      ).toEqual([])
      expect(paths.filter((file) => /\.test\.|tsbuildinfo/.test(file))).toEqual([])
    }
  })

  it('sign in and out from an ES module', async () => {
    writeFileSync(join(workspace, 'program.mjs'), program)
    const { stdout } = await node('program.mjs')
    expect(stdout.trim()).toBe('ada revoked_token')
  })

  it('can be required from CommonJS', async () => {
    const script = `
      const { createJwtManager } = require('latchkey')
      const jwt = createJwtManager({ secret: 'a secret for this test, long enough to be taken' })
      jwt.createAccessToken('ada').then((token) => jwt.authenticate(token)).then(({ identity }) => console.log(identity))`
    writeFileSync(join(workspace, 'program.cjs'), script)
    const { stdout } = await node('program.cjs')
    expect(stdout.trim()).toBe('ada')
  })

  it('type-check in a strict project, their declarations included', async () => {
    writeFileSync(join(workspace, 'consumer.mts'), consumer)
    const options = [
      '--noEmit',
      '--strict',
      '--module',
      'nodenext',
      '--target',
      'es2023',
      '--lib',
      'es2023,dom,dom.iterable',
    ]
    const types = ['--typeRoots', join(root, 'node_modules/@types'), '--types', 'node']
    await node(tsc, ...options, ...types, 'consumer.mts').catch((error) => {
      throw new Error(error.stdout)
    })
  })

  it('bring a command that knows its version', async () => {
    const { stdout } = await npm('exec', '--offline', '--', 'latchkey-server', '--version')
    expect(stdout.trim()).toBe(manifestOf('packages/server').version)
  })
})
