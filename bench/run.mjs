// Ours and the peers', in one run: interleaved, in an order that changes, on the same tokens with the same checks.
//
//   npm run build && npm run bench [-- --quick] [-- --only tokens,routes] [-- --heats 3]
//   tools/services run -- npm run bench        with PostgreSQL and Redis: refreshes on PostgreSQL, and the fleet
import { loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { machine, versions } from './measure/machine.mjs'
import { writeResults } from './report/results.mjs'
import { SECTIONS } from './sections.mjs'

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
    heats: { type: 'string', default: '6' },
  },
})
const names = values.only?.split(',') ?? Object.keys(SECTIONS)
const unknown = names.filter((name) => !SECTIONS[name])
if (unknown.length > 0) {
  console.error(`--only: there is no ${unknown.join(', ')}; there are ${Object.keys(SECTIONS).join(', ')}.`)
  process.exit(2)
}

if (!/^[1-9]\d?$/.test(values.heats)) {
  console.error('--heats: expected 1 to 99.')
  process.exit(2)
}

const started = performance.now()
const log = (what) =>
  console.error(`${((performance.now() - started) / 1000).toFixed(0).padStart(5)} s  ${what}`)
const sections = {}
for (const name of names) {
  const [load] = loadavg()
  sections[name] = {
    date: new Date().toISOString(),
    load,
    result: await SECTIONS[name].measure({ quick: values.quick, heats: Number(values.heats), log }),
  }
  // Each as soon as it is there: the next one may fail.
  writeResults({ machine: machine(), versions: versions(), sections }, { quick: values.quick })
}
log(`written to bench/results/${values.quick ? 'QUICK.md' : 'RESULTS.md'}`)
