import * as crypto from 'node:crypto'
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PARTIES } from './parties.mjs'

const HASHES = { HS256: 'sha256', HS512: 'sha512', RS256: 'sha256', ES256: 'sha256', EdDSA: null }

/** Keys of one algorithm, as everybody can be given them. */
export function keysOf(algorithm) {
  if (algorithm.startsWith('HS')) return { secret: crypto.randomBytes(48).toString('base64url') }
  const options = {
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  }
  if (algorithm === 'RS256') return crypto.generateKeyPairSync('rsa', { modulusLength: 2048, ...options })
  if (algorithm === 'ES256') return crypto.generateKeyPairSync('ec', { namedCurve: 'P-256', ...options })
  return crypto.generateKeyPairSync('ed25519', options)
}

/** Claims as ours are: nine of them, every token with an id of its own, all of the same length. */
export function claimsOf(index, now = Math.floor(Date.now() / 1000), lifetime = 86_400) {
  return {
    iss: PARTIES.issuer,
    aud: PARTIES.audience,
    sub: String(1_000_000 + (index % 1000)),
    iat: now - 90_000,
    nbf: now - 90_000,
    exp: now + lifetime,
    jti: crypto.createHash('md5').update(String(index)).digest('base64url'),
    type: 'access',
    fresh: false,
  }
}

/** Signs with nothing but `node:crypto`, so that no contender made what the others read. */
export function signerOf(algorithm, { secret, privateKey }) {
  const header = encode({ alg: algorithm, typ: PARTIES.typ })
  const key =
    secret === undefined ? crypto.createPrivateKey(privateKey) : crypto.createSecretKey(secret, 'utf8')
  const signature = (input) =>
    secret === undefined
      ? crypto
          .sign(HASHES[algorithm], Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' })
          .toString('base64url')
      : crypto.createHmac(HASHES[algorithm], key).update(input).digest('base64url')
  return (claims) => {
    const input = `${header}.${encode(claims)}`
    return `${input}.${signature(input)}`
  }
}

const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url')

/** A folder that is gone when the process is. */
export function temporaryFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-bench-'))
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** Writes texts of one length into a file: every process reads the same ones from it. */
export function writeTexts(folder, name, texts) {
  const path = join(folder, name)
  const width = texts[0].length
  if (texts.some((text) => text.length !== width)) throw new Error(`${name}: texts of different lengths`)
  writeFileSync(path, texts.join(''), 'latin1')
  return { path, width, count: texts.length }
}

/** Reads texts as a request brings them: new strings, neither hashed nor shared. */
export function openTexts({ path, width, count }) {
  const file = openSync(path, 'r')
  const buffer = Buffer.alloc(width * 4096)
  return {
    count,
    read(from, many) {
      readSync(file, buffer, 0, many * width, from * width)
      return Array.from({ length: many }, (_, at) => buffer.latin1Slice(at * width, (at + 1) * width))
    },
    /** So many new copies of the text at one place. */
    copies(at, many) {
      readSync(file, buffer, 0, width, at * width)
      return Array.from({ length: many }, () => buffer.latin1Slice(0, width))
    },
    close: () => closeSync(file),
  }
}
