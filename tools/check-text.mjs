// No unfinished business and no path of somebody's machine in what is committed.
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { root } from './sources.mjs'

// Written apart, so that this file passes its own check.
const WORDS = [
  new RegExp(`\\b(${'TO'}${'DO'}|${'FIX'}${'ME'}|${'XX'}${'X'})\\b`),
  /(^|[\s'"`(=])\/(work|root|home|Users)\/\w/,
]
const TEXT =
  /\.(ts|tsx|mjs|cjs|js|json|md|sh|sql|css|html|ya?ml|txt)$|(^|\/)(run|services|runtimes|LICENSE|\.gitignore|\.npmrc)$/
const SKIP = /^package-lock\.json$|\/vectors\/|\/scenarios\//

const files = execFileSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8' }).split('\0')
const faults = files
  .filter((file) => TEXT.test(file) && !SKIP.test(file) && existsSync(root + file))
  .flatMap((file) =>
    readFileSync(root + file, 'utf8')
      .split('\n')
      .flatMap((line, index) =>
        WORDS.some((word) => word.test(line)) ? [`${file}:${index + 1}: ${line.trim()}`] : [],
      ),
  )
for (const fault of faults) console.error(fault)
if (faults.length > 0) process.exit(1)
console.log('Text: nothing unfinished, no machine paths.')
