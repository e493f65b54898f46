import { setTimeout as pause } from 'node:timers/promises'
import { start } from '../measure/child.mjs'
import { quantile } from '../measure/statistics.mjs'
import { openPostgres } from '../sessions/stores.mjs'

const NODES = 3
const SIZES = {
  quick: { revocations: 20, every: 50 },
  full: { revocations: 400, every: 50 },
}

/** From the acknowledgement of a revocation on one node to the refusal of its token by the last of all nodes. */
export async function measureFleet({ quick, log }) {
  if (!process.env.LATCHKEY_TEST_POSTGRES) {
    log('fleet: skipped, for want of PostgreSQL (tools/services run -- npm run bench)')
    return { skipped: 'no PostgreSQL' }
  }
  const size = SIZES[quick ? 'quick' : 'full']
  const results = { nodes: NODES, push: process.env.LATCHKEY_TEST_REDIS ? 'Redis' : 'PostgreSQL' }
  for (const push of [true, false]) {
    log(`fleet: push ${push ? 'working' : 'cut'}`)
    results[push ? 'pushed' : 'polled'] = await inFleet(push, size)
  }
  return results
}

async function inFleet(push, { revocations, every }) {
  const schema = `fleet_${process.pid}_${push ? 'pushed' : 'polled'}`
  const database = await openPostgres(schema)
  const nodes = Array.from({ length: NODES }, () => start('./node-process.mjs', import.meta.url))
  for (const node of nodes) await node.call('open', { schema, push })
  const trials = []
  for (let made = 0; made < revocations; made++) {
    trials.push(latency(nodes, made))
    // At times that have nothing to do with the rhythm of the polling.
    await pause(every * (0.5 + Math.random()))
  }
  const milliseconds = await Promise.all(trials)
  for (const node of nodes) {
    await node.call('close')
    node.stop()
  }
  await database.close()
  return {
    revocations,
    p50: quantile(milliseconds, 0.5),
    p99: quantile(milliseconds, 0.99),
    max: Math.max(...milliseconds),
  }
}

/** Until the last node refuses. All revocations are the first node's: whoever revokes looks by itself. */
async function latency(nodes, index) {
  const { accessToken, sessionId } = await nodes[0].call('start', `user${index}`)
  for (const node of nodes) await node.call('accepts', accessToken)
  const watching = nodes.map((node) => node.call('refusedAt', accessToken))
  const acknowledged = await nodes[0].call('end', sessionId)
  return Math.max(0, ...(await Promise.all(watching)).map((refused) => refused - acknowledged))
}
