const sum32 = 'CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc'
const hex64 = '333a060cf1aa52a133bb49298180f1f362f1732ffaf355ed545e8c3d4b5f2267'
const bcrypt = '$2b$12$LKwc3dkHFAlKEUAqlbn0OuGpBocI5yLhyIuEBk29nCNxCxzqTn2xm'

/** One well-formed hash of every format, of passwords that no test types. */
export const SHAPES: Readonly<Record<string, string>> = {
  argon2: `$argon2id$v=19$m=65536,t=3,p=4$2xWKwIiA2qDQhvkFca2eOA$${sum32}`,
  scrypt: `$scrypt$ln=16,r=8,p=1$Tam1NmbMGcOYE2LM+f9fSw$${sum32}`,
  bcrypt,
  'wrapped digest': `latchkey-wrapped$sha1$salt$argon2id$v=19$m=19456,t=2,p=1$2xWKwIiA2qDQhvkFca2eOA$${sum32}`,
  'Werkzeug scrypt': `scrypt:32768:8:1$DeN8QWB2e4noSNzd$${hex64}${hex64}`,
  'Werkzeug pbkdf2': `pbkdf2:sha256:1000000$pEZVBt32OWhFii0a$${hex64}`,
  'salted digest': `sha256$abcdEFGH$${hex64}`,
  'Django pbkdf2': `pbkdf2_sha256$1000000$VTdg5IZmrgbdkyNHtL3gGO$${sum32}=`,
  'Django scrypt': `scrypt$16384$kTLkTQfKRTUnUKDyIls5Ob$8$5$${sum32}=`,
  'Django argon2': `argon2$argon2id$v=19$m=102400,t=2,p=8$RW16UGZKQXN2c3RrdmN3U3QydUF1Yg$${sum32}`,
  'Django bcrypt': `bcrypt_sha256$${bcrypt}`,
  'Passlib pbkdf2': `$pbkdf2-sha256$29000$khKCEMK4dw7BGCOEsJYyhg$${sum32}`,
  'Passlib bcrypt_sha256':
    '$bcrypt-sha256$v=2,t=2b,r=12$I4qYb2O31Nrwp7kfEJHeF.$yb6FdRdzmRnuYrMXOxHK/iXxYCqvYDy',
  'better-auth scrypt': `8cf19e0ee78fd789bf79ddcbead6db65:${hex64}${hex64}`,
}
