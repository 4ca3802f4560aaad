import { createHash, randomBytes } from 'node:crypto'
import { crc32 } from 'node:zlib'

/**
 * An API key is `tcat_`, 30 random base62 characters (178 bits) and the CRC32 of those in 6 more: found by secret
 * scanners, and a typing error is refused without asking the database.
 * Source: GitHub's token format, https://github.blog/2021-04-05-behind-githubs-new-authentication-token-formats/
 */
const PREFIX = 'tcat_'
const RANDOM_CHARACTERS = 30
/** 62^6 is more than 2^32: six characters hold every CRC32. */
const CHECKSUM_CHARACTERS = 6
const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const FORMAT = new RegExp(`^${PREFIX}[0-9A-Za-z]{${RANDOM_CHARACTERS + CHECKSUM_CHARACTERS}}$`)
/** Enough to tell keys apart by; 154 of the random bits stay unknown. */
const SHOWN_CHARACTERS = PREFIX.length + 4

/** A new key, from the system's random source. */
export function generateApiKey(): string {
  const random = randomCharacters(RANDOM_CHARACTERS)
  return `${PREFIX}${random}${checksumOf(random)}`
}

/** Whether somebody meant this token to be an API key. */
export function looksLikeApiKey(token: string): boolean {
  return token.startsWith(PREFIX)
}

/** Whether a token can be an API key at all: prefix, length, characters and checksum. */
export function isApiKey(token: string): boolean {
  if (!FORMAT.test(token)) return false
  const end = PREFIX.length + RANDOM_CHARACTERS
  return checksumOf(token.slice(PREFIX.length, end)) === token.slice(end)
}

/** SHA-256 in hex: what is stored. A key is too random to be guessed, so that nothing slower is needed. */
export function hashApiKey(token: string): string {
  return createHash('sha256').update(token).digest('hex')
}

/** The first characters, to recognise a key by. */
export function apiKeyPrefix(token: string): string {
  return token.slice(0, SHOWN_CHARACTERS)
}

/** Bytes that would make some characters likelier than others are thrown away. */
function randomCharacters(count: number): string {
  const fair = 256 - (256 % ALPHABET.length)
  let text = ''
  while (text.length < count) {
    for (const byte of randomBytes(count)) {
      if (byte < fair && text.length < count) text += ALPHABET.charAt(byte % ALPHABET.length)
    }
  }
  return text
}

function checksumOf(random: string): string {
  let rest = crc32(random)
  let text = ''
  for (let place = 0; place < CHECKSUM_CHARACTERS; place++) {
    text = ALPHABET.charAt(rest % ALPHABET.length) + text
    rest = Math.floor(rest / ALPHABET.length)
  }
  return text
}
