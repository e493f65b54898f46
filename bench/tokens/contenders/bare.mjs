import {
  createHmac,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  sign,
  timingSafeEqual,
  verify,
} from 'node:crypto'

export function verifier({ algorithm, secret, publicKey, privateKey }) {
  if (secret !== undefined) {
    const key = createSecretKey(secret, 'utf8')
    const mac = (input) => createHmac('sha256', key).update(input).digest()
    return {
      ready: partsOf,
      verify: ({ input, signature }) => requireRight(timingSafeEqual(mac(input), signature)),
      sign: (claims) => mac(JSON.stringify(claims)),
    }
  }
  const hash = algorithm === 'EdDSA' ? null : 'sha256'
  const verifying = createPublicKey(publicKey)
  const signing = createPrivateKey(privateKey)
  return {
    ready: algorithm === 'ES256' ? (token) => inDer(partsOf(token)) : partsOf,
    verify: ({ input, signature }) => requireRight(verify(hash, input, verifying, signature)),
    sign: (claims) => sign(hash, Buffer.from(JSON.stringify(claims)), signing),
  }
}

function requireRight(right) {
  if (!right) throw new Error('signature')
}

function partsOf(token) {
  const dot = token.lastIndexOf('.')
  return {
    input: Buffer.from(token.slice(0, dot)),
    signature: Buffer.from(token.slice(dot + 1), 'base64url'),
  }
}

/** RFC 3279 section 2.2.3, of r and s side by side: the form that `node:crypto` takes without options. */
function inDer({ input, signature }) {
  const both = Buffer.concat([wholeNumber(signature.subarray(0, 32)), wholeNumber(signature.subarray(32))])
  return { input, signature: Buffer.concat([Buffer.from([0x30, both.length]), both]) }
}

function wholeNumber(bytes) {
  let start = 0
  while (start < bytes.length - 1 && bytes[start] === 0) start++
  const short = bytes.subarray(start)
  const content = short[0] & 0x80 ? Buffer.concat([Buffer.of(0), short]) : short
  return Buffer.concat([Buffer.of(2, content.length), content])
}
