import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { SECTIONS } from '../sections.mjs'
import { barChart } from './chart.mjs'
import { table } from './format.mjs'

const RESULTS = new URL('../results/', import.meta.url)
const CHARTS = new URL('../../docs/benchmarks/', import.meta.url)

/**
 * Puts what was measured into `results/`: one run for each major version of Node, each section with its own date. A
 * quick run goes beside them and is not kept, because it is too short to be quoted.
 */
export function writeResults(run, { quick }) {
  mkdirSync(RESULTS, { recursive: true })
  const name = quick ? 'quick' : 'latest'
  const runs = quick ? [run] : merged(readRuns(`${name}.json`), run)
  writeFileSync(new URL(`${name}.json`, RESULTS), `${JSON.stringify({ runs }, null, 1)}\n`)
  const pages = [...(quick ? [WARNING] : []), ...runs.map(pageOf)]
  writeFileSync(new URL(quick ? 'QUICK.md' : 'RESULTS.md', RESULTS), `${pages.join('\n\n')}\n`)
  if (!quick) writeCharts(runs[0])
}

const WARNING =
  '> A quick run: too short for anything to be compiled and warm. It shows that all works, and no figure of it holds.'

function readRuns(name) {
  try {
    return JSON.parse(readFileSync(new URL(name, RESULTS), 'utf8')).runs
  } catch {
    return []
  }
}

const majorOf = ({ machine }) => Number(machine.node.slice(1).split('.')[0])

/** Sections that were not measured again stay, with their own dates; the newest Node comes first. */
function merged(runs, run) {
  const before = runs.find((one) => majorOf(one) === majorOf(run))
  const others = runs.filter((one) => one !== before)
  const whole = { ...run, sections: { ...before?.sections, ...run.sections } }
  return [...others, whole].sort((left, right) => majorOf(right) - majorOf(left))
}

function pageOf({ machine, versions, sections }) {
  const { node, cpu, cores, memory, system, openssl } = machine
  const measured = Object.keys(SECTIONS).filter((name) => sections[name])
  return [
    `# Measured with Node ${node}`,
    `${cpu}, ${cores} cores, ${memory}, ${system}, OpenSSL ${openssl}. Written by \`npm run bench\`.`,
    table(
      ['section', 'measured at', 'load of the machine before'],
      measured.map((name) => [name, sections[name].date, sections[name].load.toFixed(1)]),
    ),
    Object.entries(versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(' · '),
    ...measured.map((name) => SECTIONS[name].markdown(sections[name].result)),
  ].join('\n\n')
}

function writeCharts({ machine, sections }) {
  mkdirSync(CHARTS, { recursive: true })
  for (const [name, { result }] of Object.entries(sections)) {
    for (const { file, ...chart } of SECTIONS[name].charts(result)) {
      const subtitle = `${chart.subtitle} (Node ${machine.node})`
      writeFileSync(new URL(file, CHARTS), barChart({ ...chart, subtitle }))
    }
  }
}
