import { getPriority, setPriority } from 'node:os'
import { parentPort } from 'node:worker_threads'
import { derive, enginesOf } from './engines.ts'
import type { HashAnswer, HashOrder } from './threads.ts'

/** Of 40 steps between "before everybody" and "after everybody": far enough behind, and never starved. */
const STEPS_BACK = 10
const LAST = 19

const port = parentPort
if (!port) throw new Error('This file is the main of a worker thread.')

stepBack()
const engines = await enginesOf('blocking')
port.on('message', async (order: HashOrder) => port.postMessage(await answerTo(order)))
port.postMessage('ready')

/**
 * A hash may take all that a core has left, and nothing that a request needs. Linux gives each thread its own priority;
 * elsewhere the call would mean the whole process (setpriority(2), "C library/kernel differences").
 */
function stepBack(): void {
  if (process.platform !== 'linux') return
  try {
    setPriority(0, Math.min(LAST, getPriority(0) + STEPS_BACK))
  } catch {
    // A sandbox may forbid it; hashes are then as important as everything else.
  }
}

async function answerTo({ input, work }: HashOrder): Promise<HashAnswer> {
  try {
    const sum = await derive(engines, input, work)
    return { sum: sum && new Uint8Array(sum) }
  } catch (error) {
    return { refused: error instanceof Error ? error.message : 'The parameters were refused.' }
  }
}
