/*
 * Text that is, contains or encodes a key. Such text must never become an HMAC secret: public keys are known to
 * everybody, and each narrower test than this one has been walked around (I-06 to I-12). It runs when a key is made,
 * so it may be thorough.
 */

const MARKERS: readonly RegExp[] = [
  /-{4,5} ?BEGIN /i, // PEM (RFC 7468), SSH2 (RFC 4716)
  /ssh-(?:rsa|dss|ed25519|ed448)|ecdsa-sha2-nistp\d|sk-(?:ssh|ecdsa)-[\w-]+@openssh\.com/, // RFC 4253, RFC 5656
  /openssh-key-v1|PuTTY-User-Key-File/,
  /["']kty["']\s*:/, // JWK (RFC 7517), wherever it stands
]

/** Parts of DER, in hex, that only keys and certificates have. */
const DER = new RegExp(
  `^(?:..)*?(?:${[
    '2a864886f70d01010[1a]', // rsaEncryption, id-RSASSA-PSS
    '2a8648ce3d0[23]', // id-ecPublicKey, the named curves of ANSI X9.62
    '06052b810400[012].', // the named curves of SEC 2
    '2a8648ce380401', // id-dsa
    '300506032b65(?:6e|6f|70|71)', // X25519, X448, Ed25519, Ed448
    '3082....0282....00', // RSAPublicKey of PKCS #1
    '3082....0201000282', // RSAPrivateKey of PKCS #1
    '3081..0281..00', // RSAPublicKey of 1024 bits
  ].join('|')})`,
)

const MOST_LAYERS = 3

/** Whether these bytes are, contain or encode (base64, hex, JSON, in any order) a key, a key set or a certificate. */
export function encodesKey(bytes: Uint8Array, layers: number = MOST_LAYERS): boolean {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  // As single bytes every encoding can be searched; without NUL, UTF-16 reads as ASCII.
  const plain = buffer.toString('latin1').replaceAll('\0', '')
  if (DER.test(buffer.toString('hex')) || MARKERS.some((marker) => marker.test(plain))) return true
  if (jsonEncodesKey(plain)) return true
  return layers > 0 && decodings(plain).some((inner) => encodesKey(inner, layers - 1))
}

/** Escapes can hide a name from a search (`"\u006bty"`), so what is JSON is also read as JSON. */
function jsonEncodesKey(text: string): boolean {
  if (!text.includes('\\')) return false
  const unescaped = text
    .replace(/\\u00([\da-f]{2})/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
    .replace(/\\(["'/\\])/g, '$1')
    .replace(/\\[nrt]/g, ' ')
  return unescaped !== text && encodesKey(Buffer.from(unescaped, 'latin1'), 1)
}

/** What the runs of base64 and hex in a text decode to, from every position at which such a run may really begin. */
function decodings(text: string): Buffer[] {
  const texts = new Set([text, text.replace(/\s+/g, '')])
  const runs = (pattern: RegExp) => new Set([...texts].flatMap((one) => one.match(pattern) ?? []))
  return [
    ...[...runs(/[\w+/-]{24,}/g)].flatMap((run) =>
      [0, 1, 2, 3].map((start) => Buffer.from(run.slice(start), 'base64')),
    ),
    ...[...runs(/[\da-f]{32,}/gi)].flatMap((run) =>
      [0, 1].map((start) => Buffer.from(run.slice(start), 'hex')),
    ),
  ]
}
