import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Something that runs the app. */
export interface Runtime {
  readonly name: 'workerd' | 'deno' | 'bun'
  /** What it says of itself, and how it is set. */
  readonly version: string
  /** The command that serves the app at a port of this machine; `folder` is for what it needs on the way. */
  command(port: number, folder: string): readonly [string, ...string[]]
}

export interface Running extends AsyncDisposable {
  readonly url: string
}

const app = join(import.meta.dirname, 'app.ts')
const folders = {
  workerd: ['@cloudflare/workerd-linux-64', '@cloudflare/workerd-linux-arm64'],
  deno: ['@deno/linux-x64-glibc', '@deno/linux-arm64-glibc'],
  bun: ['@oven/bun-linux-x64', '@oven/bun-linux-aarch64'],
  esbuild: ['@esbuild/linux-x64', '@esbuild/linux-arm64'],
}
const commands: Readonly<Record<'deno' | 'bun', Runtime['command']>> = {
  deno: (port) => [
    binaryOf('deno') as string,
    ...['serve', '--allow-env', '--allow-net', '--allow-read', '--host', '127.0.0.1'],
    ...['--port', String(port), app],
  ],
  bun: () => [binaryOf('bun') as string, 'run', app],
}

/** The runtimes of LATCHKEY_TEST_RUNTIMES that start on this machine; says which do not. */
export function runtimesHere(): readonly Runtime[] {
  return (['workerd', 'deno', 'bun'] as const).flatMap((name): Runtime[] => {
    const version = versionOf(name)
    if (version === null) console.warn(`skipped: ${name} (tools/runtimes installs it)`)
    if (version === null) return []
    if (name !== 'workerd') return [{ name, version, command: commands[name] }]
    // From the date on which Workers have node:http, to what a new project gets.
    return ['2025-08-15', '2026-11-01'].map((date) => ({
      name,
      version: `${version}, compatibility date ${date}`,
      command: workerdAt(date),
    }))
  })
}

function workerdAt(date: string): Runtime['command'] {
  return (port, folder) => {
    bundle(folder)
    writeFileSync(join(folder, 'config.capnp'), workerdConfig(port, date))
    return [binaryOf('workerd') as string, 'serve', join(folder, 'config.capnp')]
  }
}

function versionOf(name: Runtime['name']): string | null {
  const binary = binaryOf(name)
  if (binary === null || (name === 'workerd' && binaryOf('esbuild') === null)) return null
  try {
    return execFileSync(binary, ['--version'], { encoding: 'utf8' }).split('\n')[0]?.trim() ?? null
  } catch {
    return null
  }
}

function binaryOf(name: keyof typeof folders): string | null {
  const root = process.env['LATCHKEY_TEST_RUNTIMES']
  if (!root) return null
  const found = folders[name].flatMap((folder) =>
    [`bin/${name}`, name].map((file) => join(root, 'node_modules', folder, file)),
  )
  return found.find((file) => existsSync(file)) ?? null
}

/** As wrangler builds it: what Node has stays outside. */
function bundle(folder: string): void {
  const options = ['--bundle', '--format=esm', '--external:node:*', '--conditions=workerd,worker,browser']
  const output = `--outfile=${join(folder, 'app.js')}`
  execFileSync(binaryOf('esbuild') as string, [app, ...options, output, '--log-level=error'])
}

const workerdConfig = (port: number, date: string): string => `
using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "app", worker = (
      modules = [(name = "app.js", esModule = embed "app.js")],
      compatibilityDate = "${date}",
      compatibilityFlags = ["nodejs_compat"],
      bindings = [(name = "EDGE", fromEnvironment = "EDGE")],
      globalOutbound = "loopback",
    )),
    (name = "loopback", network = (allow = ["private"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "app")],
);
`

/** Runs the app until it is disposed of. */
export async function running(runtime: Runtime, settings: object): Promise<Running> {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-edge-'))
  const port = await freePort()
  const [command, ...args] = runtime.command(port, folder)
  const child = spawn(command, args, {
    cwd: import.meta.dirname,
    env: { HOME: folder, EDGE: JSON.stringify(settings), PORT: String(port), NO_COLOR: '1' },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const url = `http://127.0.0.1:${port}`
  const stop = async (): Promise<void> => {
    const ended = child.exitCode === null ? once(child, 'exit') : null
    child.kill()
    await ended
    rmSync(folder, { recursive: true })
  }
  try {
    await listening(child, url)
  } catch (error) {
    await stop()
    throw error
  }
  return { url, [Symbol.asyncDispose]: stop }
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as { port: number }
  await new Promise((resolve) => probe.close(resolve))
  return port
}

async function listening(child: ChildProcess, url: string): Promise<void> {
  let said = ''
  child.stderr?.on('data', (chunk) => {
    said += chunk
  })
  while (child.exitCode === null) {
    const answer = await fetch(url).catch(() => null)
    if (answer?.ok) return
    if (answer !== null) break
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error(`The app did not start: ${said}`)
}
