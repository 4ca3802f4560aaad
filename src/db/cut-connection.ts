import type { Duplex } from 'node:stream'
import type pg from 'pg'

/** Break a connection now. One that hangs would not answer `end`, and pg has no other public way. */
export function cutConnection(client: pg.Client): void {
  ;(client as unknown as { readonly connection: { readonly stream: Duplex } }).connection.stream.destroy()
}
