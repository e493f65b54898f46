// Holds the floor table (tools/floors.mjs) against the imports of both packages.
import { checkFloors } from './floors.mjs'
import { doorsOf, manifestOf, packageSources } from './sources.mjs'

const server = manifestOf('packages/server')
const faults = checkFloors(packageSources(), {
  doors: doorsOf(manifestOf('packages/latchkey')),
  serverPackages: Object.keys({ ...server.dependencies, ...server.optionalDependencies }),
})
for (const fault of faults) console.error(fault)
if (faults.length > 0) process.exit(1)
console.log('Floors: every import goes down.')
