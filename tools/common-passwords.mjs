// Writes packages/latchkey/src/auth/passwords/common-passwords.data.ts out of a list of passwords, the most common first:
//   npm pack @zxcvbn-ts/language-common@4.1.3 && tar xzf zxcvbn-ts-language-common-4.1.3.tgz
//   node tools/common-passwords.mjs package/src/passwords.json
import { readFileSync, writeFileSync } from 'node:fs'
import { packDigests } from './digests.mjs'

/** So many of those that are long enough for accounts with a second factor; and all that are long enough for others. */
const MOST_COMMON = 4000
const [SHORTEST, LONG] = [8, 15]

const [list] = process.argv.slice(2)
const target = new URL('../packages/latchkey/src/auth/passwords/common-passwords.data.ts', import.meta.url)
const passwords = JSON.parse(readFileSync(list, 'utf8'))
  .map((password) => password.normalize('NFKC').toLowerCase())
  .filter((password) => [...password].length >= SHORTEST)
const kept = passwords.filter((password, at) => at < MOST_COMMON || [...password].length >= LONG)
const { count, rows } = packDigests(kept, 5)

writeFileSync(
  target,
  `// Written by tools/common-passwords.mjs. The most common passwords of eight characters and more, in lower case: of each
// the first five bytes of its SHA-256, sorted, ${count} in all.
// Origin: @zxcvbn-ts/language-common 4.1.3, MIT License, Copyright (c) 2012-2016 Dan Wheeler and Dropbox, Inc.,
// Copyright (c) 2021 @zxcvbn-ts.
export const COMMON_PASSWORDS: string = \`
${rows.join('\n')}
\`
`,
)
console.log(`${count} passwords`)
