// Writes packages/latchkey/src/jwt/known-secrets.data.ts: node tools/known-secrets.mjs <list of secrets, one a line>
import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'

const [list = 'packages/latchkey/test/vectors/weak-secrets-a.txt'] = process.argv.slice(2)
const target = new URL('../packages/latchkey/src/jwt/known-secrets.data.ts', import.meta.url)
const secrets = readFileSync(list, 'utf8')
  .split('\n')
  .map((line) => line.replace(/\r$/, ''))
  .filter((line) => Buffer.byteLength(line) >= 32)
const prefixes = [
  ...new Set(secrets.map((line) => createHash('sha256').update(line).digest('hex').slice(0, 16))),
]
const packed = Buffer.from(prefixes.toSorted().join(''), 'hex').toString('base64')
const rows = packed.match(/.{1,104}/g) ?? []

writeFileSync(
  target,
  `// Written by tools/known-secrets.mjs. HMAC secrets of 32 bytes and more that were found in public code: of each the
// first eight bytes of its SHA-256, sorted, ${prefixes.length} in all.
// Origin: https://github.com/wallarm/jwt-secrets (commit 99e2360ba335), MIT License, Copyright (c) 2020 Wallarm.
export const KNOWN_SECRETS: string = \`
${rows.join('\n')}
\`
`,
)
console.log(`${prefixes.length} of ${secrets.length} secrets, ${packed.length} characters`)
