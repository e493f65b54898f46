// Holds what each door promises not to carry along (tools/bleed.mjs) against the imports.
import { checkBleed } from './bleed.mjs'
import { doorFilesOf, manifestOf, packageSources } from './sources.mjs'

const faults = checkBleed(packageSources(), doorFilesOf(manifestOf('packages/latchkey')))
for (const fault of faults) console.error(fault)
if (faults.length > 0) process.exit(1)
console.log('Doors: none carries a neighbour along.')
