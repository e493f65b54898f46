import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, rmdirSync, statSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { root } from './sources.mjs'

const BUILT = `${root}packages/latchkey/dist/flask/index.js`
const LOCK = `${root}node_modules/.latchkey-build`

/** Builds the library when a fresh clone has not: one process does, others that start meanwhile wait for it. */
export async function requireBuilt() {
  if (existsSync(BUILT) && !isLocked()) return
  if (!lock()) return waitForBuild()
  try {
    spawnSync(process.execPath, [`${root}node_modules/typescript/bin/tsc`, '-b', `${root}packages/latchkey`])
  } finally {
    rmdirSync(LOCK)
  }
}

function lock() {
  try {
    mkdirSync(LOCK)
    return true
  } catch {
    return false
  }
}

/** A process that was killed while it built leaves its lock; nobody builds for minutes. */
function isLocked() {
  const { mtimeMs } = statSync(LOCK, { throwIfNoEntry: false }) ?? { mtimeMs: 0 }
  if (mtimeMs === 0 || Date.now() - mtimeMs < 120_000) return mtimeMs !== 0
  rmdirSync(LOCK)
  return false
}

async function waitForBuild() {
  for (let tries = 0; isLocked() && tries < 600; tries++) await setTimeout(100)
}
