import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import os from 'node:os'

/** What a figure has to be read with. */
export function machine() {
  const [cpu] = os.cpus()
  return {
    cpu: cpu?.model.trim() ?? 'unknown',
    cores: os.cpus().length,
    memory: `${Math.round(os.totalmem() / 2 ** 30)} GiB`,
    system: `${os.type()} ${os.release()} ${os.arch()}`,
    node: process.version,
    openssl: process.versions.openssl,
    load: os.loadavg()[0],
  }
}

/** The versions of everything that was measured, as they are installed. */
export function versions() {
  const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
  return Object.fromEntries(Object.keys(manifest.dependencies).map((name) => [name, versionOf(name)]))
}

function versionOf(name) {
  for (const folder of createRequire(import.meta.url).resolve.paths(name)) {
    try {
      return JSON.parse(readFileSync(`${folder}/${name}/package.json`, 'utf8')).version
    } catch {
      // not in this folder
    }
  }
  return 'not installed'
}
