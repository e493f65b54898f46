// Writes packages/latchkey/src/jwt/known-secrets.data.ts: node tools/known-secrets.mjs <list of secrets, one a line>
import { readFileSync, writeFileSync } from 'node:fs'
import { packDigests } from './digests.mjs'

const [list = 'packages/latchkey/test/vectors/weak-secrets-a.txt'] = process.argv.slice(2)
const target = new URL('../packages/latchkey/src/jwt/known-secrets.data.ts', import.meta.url)
const secrets = readFileSync(list, 'utf8')
  .split('\n')
  .map((line) => line.replace(/\r$/, ''))
  .filter((line) => Buffer.byteLength(line) >= 32)
const { count, rows } = packDigests(secrets, 8)

writeFileSync(
  target,
  `// Written by tools/known-secrets.mjs. HMAC secrets of 32 bytes and more that were found in public code: of each the
// first eight bytes of its SHA-256, sorted, ${count} in all.
// Origin: https://github.com/wallarm/jwt-secrets (commit 99e2360ba335), MIT License, Copyright (c) 2020 Wallarm.
export const KNOWN_SECRETS: string = \`
${rows.join('\n')}
\`
`,
)
console.log(`${count} of ${secrets.length} secrets`)
