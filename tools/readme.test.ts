import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { root } from './sources.mjs'

interface Step {
  readonly title: string
  readonly script: string
  readonly output: string
  readonly restart: boolean
}

/** The walk: each `sh` block with the `text` block below it, and whether the words above ask for a restart. */
function stepsOf(readme: string): Step[] {
  const walk = readme.slice(readme.indexOf('## A walk'), readme.indexOf('## The library'))
  const blocks = walk.matchAll(/(?<words>[^`]*)```sh\n(?<script>[^`]*?)```\n\n```text\n(?<output>[^`]*?)```/g)
  return [...blocks].map(({ groups = {} }) => {
    const { words = '', script = '', output = '' } = groups
    return { title: script.split('\n')[0]!, script, output, restart: /start it again/.test(words) }
  })
}

/** What is shown, with `…` for what differs from run to run. */
const shown = (output: string): RegExp =>
  new RegExp(
    `^${output
      .trim()
      .split('…')
      .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
      .join('[^\\n]+')}$`,
  )

function hasCurl(): boolean {
  try {
    execFileSync('curl', ['--json', '{}', '--version'], { stdio: 'ignore' })
    return true
  } catch {
    console.warn('skipped: the walk of the README (there is no curl 7.82 or newer)')
    return false
  }
}

/** The port of the README, or a free one where something else listens there. */
function pickPort(wanted: number): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer()
    probe.once('error', () => resolve(pickPort(0)))
    probe.listen(wanted, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number }
      probe.close(() => resolve(port))
    })
  })
}

const steps = stepsOf(readFileSync(join(root, 'README.md'), 'utf8'))
const dataDir = mkdtempSync(join(tmpdir(), 'latchkey-readme-'))
let port: number
let server: ChildProcess
let shell: ChildProcess

/** As the README says, with the data folder put aside: whoever runs this may have one of their own. */
async function start(): Promise<void> {
  const args = port === 8787 ? [] : ['--', '--port', String(port)]
  server = spawn('npm', ['start', ...args], {
    cwd: root,
    env: { ...process.env, LATCHKEY_DATA_DIR: dataDir },
  })
  let output = ''
  server.stderr?.on('data', (chunk) => {
    output += chunk
  })
  for await (const chunk of server.stdout!) {
    output += chunk
    if (output.includes('Try:')) return server.stdout!.resume() as unknown as undefined
  }
  throw new Error(`npm start ended:\n${output}`)
}

async function stop(): Promise<void> {
  server.kill('SIGTERM')
  await once(server, 'exit')
}

/** Types the block into the one shell that has seen those before it. */
async function type(script: string): Promise<string> {
  const end = `--- ${Math.random()} ---`
  shell.stdin?.write(`${script.replaceAll('8787', String(port))}\necho\necho '${end}'\n`)
  let output = ''
  for await (const chunk of shell.stdout!.iterator({ destroyOnReturn: false })) {
    output += chunk
    if (output.includes(end)) return output.slice(0, output.indexOf(end))
  }
  throw new Error('the shell ended')
}

const lines = (output: string): string =>
  // Answers have no line end of their own, so one may stand behind another.
  output.replaceAll('}{', '}\n{').replaceAll('\r', '').replace(/\n+/g, '\n').trim()

describe.skipIf(!hasCurl())('the walk of the README, as it stands', () => {
  beforeAll(async () => {
    port = await pickPort(8787)
    shell = spawn('bash', { stdio: ['pipe', 'pipe', 'inherit'] })
    await start()
  }, 60_000)
  afterAll(async () => {
    shell.kill()
    await stop()
    rmSync(dataDir, { recursive: true, force: true })
  })

  it('has all of its steps', () => expect(steps.length).toBeGreaterThanOrEqual(7))

  it.each(steps)('$title', async ({ script, output, restart }) => {
    if (restart) {
      await stop()
      await start()
    }
    expect(lines(await type(script))).toMatch(shown(output))
  })
})
