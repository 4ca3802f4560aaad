/** Why a backup cannot be made or taken back, in words for a person. */
export class BackupError extends Error {
  override readonly name = 'BackupError'
}
