/** The same keys for WebCrypto, imported once. */
export async function webKeys({ algorithm, secret, publicKey, privateKey }) {
  if (secret !== undefined) {
    const hmac = { name: 'HMAC', hash: `SHA-${algorithm.slice(2)}` }
    const key = await crypto.subtle.importKey('raw', Buffer.from(secret), hmac, false, ['sign', 'verify'])
    return { verifying: key, signing: key }
  }
  const kind = KINDS[algorithm]
  return {
    verifying: await crypto.subtle.importKey('spki', bytesOf(publicKey), kind, false, ['verify']),
    signing: await crypto.subtle.importKey('pkcs8', bytesOf(privateKey), kind, false, ['sign']),
  }
}

const KINDS = {
  RS256: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
  ES256: { name: 'ECDSA', namedCurve: 'P-256' },
  EdDSA: { name: 'Ed25519' },
}

const bytesOf = (pem) => Buffer.from(pem.replace(/-----.*?-----|\s/g, ''), 'base64')
