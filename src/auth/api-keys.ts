import { randomUUID, timingSafeEqual } from 'node:crypto'
import { InvalidInputError } from '../catalog/errors.ts'
import type { Database } from '../db/database.ts'
import { type Reader, withSnapshot } from '../db/snapshot.ts'
import { isUuid } from '../db/uuid.ts'
import { apiKeyPrefix, generateApiKey, hashApiKey } from './api-key.ts'
import { CREDENTIAL_ROLES, type CredentialRole, isCredentialRole } from './viewer.ts'

/** What is known of a key: everything but the key itself and its hash. */
export interface ApiKeyRow {
  readonly id: string
  readonly name: string
  readonly role: CredentialRole
  /** First characters of the key. */
  readonly prefix: string
  readonly createdAt: Date
  readonly createdBy: string
  readonly expiresAt: Date | null
  /** To the minute. */
  readonly lastUsedAt: Date | null
  readonly revokedAt: Date | null
  readonly revokedBy: string | null
}

export interface NewApiKey {
  /** 1 to 100 letters, digits, spaces and `._-@`; unique among the keys that are not revoked. */
  readonly name: string
  readonly role: CredentialRole
  readonly expiresAt?: Date | null | undefined
  /** Actor who makes it. */
  readonly createdBy: string
}

type Pool = Pick<Database, 'pool'>

export class ApiKeyNameTakenError extends Error {
  override readonly name = 'ApiKeyNameTakenError'
  constructor(readonly takenName: string) {
    super(`There is a key ${JSON.stringify(takenName)} already: revoke it first, or take another name`)
  }
}

export class ApiKeyNotFoundError extends Error {
  override readonly name = 'ApiKeyNotFoundError'
  constructor(readonly nameOrId: string) {
    super(`There is no key ${JSON.stringify(nameOrId.slice(0, 100))}`)
  }
}

const COLUMNS = `id, name, role::text AS role, prefix, created_at AS "createdAt", created_by AS "createdBy",
  expires_at AS "expiresAt", last_used_at AS "lastUsedAt", revoked_at AS "revokedAt", revoked_by AS "revokedBy"`

const NAME = /^(?! )[A-Za-z0-9._@ -]{1,100}(?<! )$/

/**
 * Make a key. It is in the answer and nowhere else: only its hash is stored.
 * @throws InvalidInputError for a name, role or expiry that cannot be
 * @throws ApiKeyNameTakenError
 */
export async function createApiKey(
  { pool }: Pool,
  { name, role, expiresAt = null, createdBy }: NewApiKey,
): Promise<{ key: string; row: ApiKeyRow }> {
  checkNewApiKey({ name, role, expiresAt, createdBy })
  const key = generateApiKey()
  const values = [randomUUID(), name, role, hashApiKey(key), apiKeyPrefix(key), createdBy, expiresAt]
  const { rows } = await pool
    .query<ApiKeyRow>(
      `INSERT INTO api_keys (id, name, role, hash, prefix, created_by, expires_at)
       VALUES ($1, $2, $3::"Role", $4, $5, $6, $7) RETURNING ${COLUMNS}`,
      values,
    )
    .catch((error: unknown) => {
      throw isTakenName(error) ? new ApiKeyNameTakenError(name) : error
    })
  const [row] = rows
  if (!row) throw new Error('INSERT gave no row')
  return { key, row }
}

/**
 * End a key for ever; servers refuse it within 5 seconds. Of a key that is revoked already the first revocation stays.
 * @param nameOrId an id, or a name, which means the key that is not revoked where several had it
 * @throws ApiKeyNotFoundError
 */
export async function revokeApiKey({ pool }: Pool, nameOrId: string, revokedBy: string): Promise<ApiKeyRow> {
  // No name looks like an id: see checkNewApiKey.
  const [column, type] = isUuid(nameOrId.toLowerCase()) ? ['id', 'uuid'] : ['name', 'text']
  const { rows } = await pool.query<ApiKeyRow>(
    `UPDATE api_keys SET revoked_at = now(), revoked_by = $2 WHERE ${column} = $1::${type} AND revoked_at IS NULL
     RETURNING ${COLUMNS}`,
    [nameOrId, revokedBy],
  )
  if (rows[0]) return rows[0]
  const { rows: revoked } = await pool.query<ApiKeyRow>(
    `SELECT ${COLUMNS} FROM api_keys WHERE ${column} = $1::${type} ORDER BY revoked_at DESC LIMIT 1`,
    [nameOrId],
  )
  if (!revoked[0]) throw new ApiKeyNotFoundError(nameOrId)
  return revoked[0]
}

/** Every key there ever was, newest first. Administrators make them one by one: there are not many. */
export async function listApiKeys(database: Pick<Database, 'pool' | 'preparesByName'>): Promise<ApiKeyRow[]> {
  return withSnapshot(database, readApiKeys)
}

/** The same within a snapshot: whoever holds one on the embedded database holds its only session. */
export async function readApiKeys(reader: Reader): Promise<ApiKeyRow[]> {
  return reader.query<ApiKeyRow>('apiKeys', `SELECT ${COLUMNS} FROM api_keys ORDER BY created_at DESC, name`)
}

/** The key that a token is, unless it is revoked or expired. */
export async function findUsableApiKey(database: Pool, token: string): Promise<ApiKeyRow | undefined> {
  return findUsableApiKeyByHash(database, hashApiKey(token))
}

/** @param hash what `hashApiKey` makes of the token */
export async function findUsableApiKeyByHash({ pool }: Pool, hash: string): Promise<ApiKeyRow | undefined> {
  const { rows } = await pool.query<ApiKeyRow & { hash: string }>(
    `SELECT hash, ${COLUMNS} FROM api_keys WHERE hash = $1`,
    [hash],
  )
  if (!rows[0]) return undefined
  const { hash: stored, ...row } = rows[0]
  const isSame = timingSafeEqual(Buffer.from(stored, 'hex'), Buffer.from(hash, 'hex'))
  return isSame && isUsable(row) ? row : undefined
}

export async function isApiKeyUsable({ pool }: Pool, id: string): Promise<boolean> {
  const { rows } = await pool.query<ApiKeyRow>(`SELECT ${COLUMNS} FROM api_keys WHERE id = $1`, [id])
  return rows[0] !== undefined && isUsable(rows[0])
}

/** Neither revoked nor expired. */
export async function countUsableApiKeys({ pool }: Pool): Promise<number> {
  const { rows } = await pool.query<{ count: number }>(
    'SELECT count(*)::int AS count FROM api_keys WHERE revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $1)',
    [new Date()],
  )
  return rows[0]?.count ?? 0
}

export async function countApiKeys({ pool }: Pool): Promise<number> {
  const { rows } = await pool.query<{ count: number }>('SELECT count(*)::int AS count FROM api_keys')
  return rows[0]?.count ?? 0
}

/** Write that these keys were used just now. A key that somebody else is writing is left to them: nobody waits. */
export async function touchApiKeys({ pool }: Pool, ids: readonly string[]): Promise<void> {
  await pool.query(
    `UPDATE api_keys SET last_used_at = GREATEST(last_used_at, $2)
     WHERE id IN (SELECT id FROM api_keys WHERE id = ANY($1::uuid[]) FOR UPDATE SKIP LOCKED)`,
    [ids, new Date()],
  )
}

/** What can become of a key. */
export function stateOfApiKey(row: Pick<ApiKeyRow, 'revokedAt' | 'expiresAt'>): 'usable' | 'expired' | 'revoked' {
  if (row.revokedAt) return 'revoked'
  return row.expiresAt && row.expiresAt.getTime() <= Date.now() ? 'expired' : 'usable'
}

function isUsable(row: ApiKeyRow): boolean {
  return stateOfApiKey(row) === 'usable'
}

function checkNewApiKey({ name, role, expiresAt }: NewApiKey): void {
  if (!NAME.test(name))
    throw new InvalidInputError(
      'The name of a key has 1 to 100 letters, digits, spaces and ._-@, and no space at either end',
    )
  if (isUuid(name.toLowerCase())) throw new InvalidInputError('The name of a key must not look like an id')
  if (!isCredentialRole(role))
    throw new InvalidInputError(`The role of a key must be one of ${CREDENTIAL_ROLES.join(', ')}`)
  // An invalid date is not after anything.
  if (expiresAt && !(expiresAt.getTime() > Date.now()))
    throw new InvalidInputError('The expiry of a key must lie in the future')
}

function isTakenName(error: unknown): boolean {
  const { code, constraint } = (error ?? {}) as { code?: unknown; constraint?: unknown }
  return code === '23505' && constraint === 'api_keys_usable_name'
}
